import type { LeaseAnswer, LeasePort, LeaseView, LeaseWrite } from "#gateway/ports.ts";
import { GatewayError } from "#gateway/ports.ts";
import type { KubernetesRequest, KubernetesResponse } from "#gateway/wire.ts";
import { describeAnswer, isSuccess } from "./answer.ts";
import { type Caller, type Patience, USUAL_PATIENCE } from "./caller.ts";
import { ForeignShapeError, field, neededText, text, texts, wholeNumber } from "./foreign.ts";
import { send } from "./read.ts";
import { sendOnce } from "./write.ts";

const NAMESPACE = "dextre-system";
const NAME = "dextre";
const LEASES = `/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`;
const OURS = "dextre.dev/";
/** What we wrote is read whole: the server takes no more annotations than this together. *Source:* apimachinery's TotalAnnotationSizeLimitB. */
const LONGEST_ANNOTATION = 256 * 1024;

/** "2026-01-02T03:04:05.678Z" → six digits, as metav1.MicroTime demands. */
function microTime(iso: string): string {
  return new Date(Date.parse(iso)).toISOString().replace("Z", "000Z");
}

/** @throws ForeignShapeError */
function projectLease(raw: unknown): LeaseView {
  const spec = field(raw, "spec");
  const annotations = Object.entries(texts(field(raw, "metadata", "annotations"), LONGEST_ANNOTATION));
  return {
    uid: neededText(field(raw, "metadata", "uid"), "uid"),
    resourceVersion: neededText(field(raw, "metadata", "resourceVersion"), "resourceVersion"),
    holder: text(field(spec, "holderIdentity")),
    durationSeconds: wholeNumber(field(spec, "leaseDurationSeconds"), 0),
    renewedAt: text(field(spec, "renewTime")),
    transitions: wholeNumber(field(spec, "leaseTransitions"), 0),
    annotations: Object.fromEntries(annotations.filter(([key]) => key.startsWith(OURS))),
  };
}

/**
 * A lease update without resourceVersion would be refused; with a stale one it is a conflict. A lease that is
 * gone is made by an update, whatever the version: only the uid tells that it is another. *Source:* measured on 1.36.
 */
function leaseRequest(lease: LeaseWrite): KubernetesRequest {
  const { replaces } = lease;
  const time = microTime(lease.renewedAt);
  const body = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      namespace: NAMESPACE,
      name: NAME,
      annotations: lease.annotations,
      ...(replaces === null ? {} : { uid: replaces.uid, resourceVersion: replaces.resourceVersion }),
    },
    spec: {
      ...(lease.holder === "" ? {} : { holderIdentity: lease.holder }),
      leaseDurationSeconds: lease.durationSeconds,
      renewTime: time,
      leaseTransitions: lease.transitions,
    },
  };
  return replaces === null
    ? { method: "POST", path: LEASES, body }
    : { method: "PUT", path: `${LEASES}/${NAME}`, body };
}

function classifyLease(response: KubernetesResponse, creates: boolean): LeaseAnswer {
  const { status, body } = response;
  const message = describeAnswer(status, body);
  if (isSuccess(status)) {
    try {
      return { kind: "done", lease: projectLease(body) };
    } catch (error) {
      if (!(error instanceof ForeignShapeError)) throw error;
      return { kind: "unknown", message: `${message}, ${error.message}` };
    }
  }
  if (status === 409) return { kind: "conflict" };
  // A lease that was deleted under us is lost like one that somebody else wrote.
  if (status === 404) return creates ? { kind: "no-namespace" } : { kind: "conflict" };
  if (status === 429 || status === 408 || status >= 500) return { kind: "unknown", message };
  return { kind: "forbidden", message };
}

async function readLease(caller: Caller, signal: AbortSignal | undefined): Promise<LeaseView | undefined> {
  const what = `get lease ${NAMESPACE}/${NAME}`;
  const request = { method: "GET", path: `${LEASES}/${NAME}` } as const;
  const response = await send(caller, { what, request, expected: [404] }, signal);
  if (response.status === 404) return undefined;
  try {
    return projectLease(response.body);
  } catch (error) {
    if (!(error instanceof ForeignShapeError)) throw error;
    throw new GatewayError("server-failed", `${what}: the server sent ${error.message}`);
  }
}

async function createNamespace(
  caller: Caller,
  signal: AbortSignal | undefined,
): Promise<"done" | "forbidden" | "unknown"> {
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } };
  const answer = await sendOnce(caller, { method: "POST", path: "/api/v1/namespaces", body }, signal);
  if (answer.kind === "silent") return "unknown";
  const { status } = answer.response;
  if (isSuccess(status) || status === 409) return "done";
  return status === 429 || status === 408 || status >= 500 ? "unknown" : "forbidden";
}

/** The lock's lease behind a wire. Compare-and-set by uid and resourceVersion, so two holders exclude each other. */
export function createLeases(
  options: Omit<Caller, "patience"> & { readonly patience?: Patience },
): LeasePort {
  const caller: Caller = { ...options, patience: options.patience ?? USUAL_PATIENCE };
  return {
    read: (signal) => readLease(caller, signal),
    write: async (lease, signal) => {
      const answer = await sendOnce(caller, leaseRequest(lease), signal);
      return answer.kind === "silent"
        ? { kind: "unknown", message: answer.message }
        : classifyLease(answer.response, lease.replaces === null);
    },
    createNamespace: (signal) => createNamespace(caller, signal),
  };
}
