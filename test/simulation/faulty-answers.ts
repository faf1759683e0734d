import type { KubernetesResponse } from "#gateway/wire.ts";
import type { RatedKind } from "./fault-kinds.ts";

/** Where a message comes from outside it may hold anything: escapes, a change of direction, a line end. */
const FOREIGN = "\u001b[31mdenied\u001b[0m\r\n\u202eby nobody";

interface Shape {
  readonly status: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What an API server in trouble answers. Source: the eviction answers and k8s.io/apiserver. */
const SHAPES: { readonly [K in RatedKind]?: Shape } = {
  unauthorized401: { status: 401, reason: "Unauthorized", message: "Unauthorized" },
  forbidden403: { status: 403, reason: "Forbidden", message: `is forbidden: ${FOREIGN}` },
  conflict409: {
    status: 409,
    reason: "Conflict",
    message: "Operation cannot be fulfilled: the object has been modified; please apply your changes",
  },
  gone410Answer: { status: 410, reason: "Expired", message: "too old resource version" },
  invalid422: { status: 422, reason: "Invalid", message: `is invalid: ${FOREIGN}` },
  budget429: {
    status: 429,
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [{ reason: "DisruptionBudget", message: "The disruption budget needs 1 healthy pods" }],
    },
  },
  shutdown429: {
    status: 429,
    reason: "TooManyRequests",
    message: "The apiserver is shutting down, please try again later.",
    details: { retryAfterSeconds: 5 },
    headers: { "retry-after": "5", connection: "close" },
  },
  failed500: { status: 500, reason: "InternalError", message: "etcdserver: request timed out" },
  appliedThen500: { status: 500, reason: "InternalError", message: "etcdserver: leader changed" },
  unavailable503: { status: 503, reason: "ServiceUnavailable", message: "no endpoints" },
  timeout504: { status: 504, reason: "Timeout", message: "request did not complete", details: {} },
};

/** null: not an answer but something else goes wrong. */
export function faultyAnswer(kind: RatedKind): KubernetesResponse | null {
  if (kind === "fairness429") {
    const headers = { "retry-after": "1", "x-kubernetes-pf-flowschema-uid": "f" };
    return { status: 429, headers, body: "Too many requests, please try again later." };
  }
  const shape = SHAPES[kind];
  if (!shape) return null;
  const { status, reason, message, details, headers } = shape;
  const body = {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    code: status,
    ...(details ? { details } : {}),
  };
  return { status, headers: headers ?? {}, body };
}
