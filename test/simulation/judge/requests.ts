import type { LoggedRequest, WorldRequest } from "#world/world.ts";

/** A request that changes something other than dextre's own lock and the right to ask. */
export type Write =
  | {
      readonly kind: "evict";
      readonly namespace: string;
      readonly name: string;
      readonly uid: string | undefined;
      readonly gracePeriodSeconds: number | undefined;
    }
  | {
      readonly kind: "patch";
      readonly node: string;
      readonly uid: string | undefined;
      readonly resourceVersion: string | undefined;
      /** null: schedulable. undefined: left as it is. */
      readonly unschedulable: boolean | null | undefined;
      readonly annotations: Readonly<Record<string, string | null>>;
    }
  | { readonly kind: "terminate"; readonly instance: string; readonly decrement: boolean }
  | { readonly kind: "other"; readonly what: string };

const EVICTION = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/eviction$/;
const NODE = /^\/api\/v1\/nodes\/([^/]+)$/;
const HARMLESS = /\/leases(\/dextre)?$|\/selfsubjectaccessreviews$|^\/api\/v1\/namespaces$/;

const known = new WeakMap<WorldRequest, Write | null>();

/** null: it changes nothing, or nothing but the lock. */
export function writeOf(request: WorldRequest): Write | null {
  const before = known.get(request);
  if (before !== undefined) return before;
  const write = readWrite(request);
  known.set(request, write);
  return write;
}

function readWrite(request: WorldRequest): Write | null {
  if (request.kind === "aws") {
    if (request.action.startsWith("Describe")) return null;
    if (request.action !== "TerminateInstanceInAutoScalingGroup")
      return { kind: "other", what: request.action };
    const { InstanceId, ShouldDecrementDesiredCapacity } = request.input as {
      readonly InstanceId: string;
      readonly ShouldDecrementDesiredCapacity: boolean;
    };
    return { kind: "terminate", instance: InstanceId, decrement: ShouldDecrementDesiredCapacity };
  }
  const { method, path, query, body } = request.request;
  if (method === "GET" || query?.dryRun === "All") return null;
  const eviction = EVICTION.exec(path);
  if (eviction && method === "POST") return readEviction(eviction, body);
  const node = NODE.exec(path);
  if (node && method === "PATCH") return readPatch(node[1] ?? "", body);
  return method !== "DELETE" && HARMLESS.test(path) ? null : { kind: "other", what: `${method} ${path}` };
}

function readEviction(found: RegExpExecArray, body: unknown): Write {
  const options = (
    body as {
      readonly deleteOptions?: {
        readonly gracePeriodSeconds?: number;
        readonly preconditions?: { readonly uid?: string };
      };
    }
  ).deleteOptions;
  return {
    kind: "evict",
    namespace: found[1] ?? "",
    name: found[2] ?? "",
    uid: options?.preconditions?.uid,
    gracePeriodSeconds: options?.gracePeriodSeconds,
  };
}

function readPatch(node: string, body: unknown): Write {
  const { metadata, spec } = body as {
    readonly metadata?: {
      readonly uid?: string;
      readonly resourceVersion?: string;
      readonly annotations?: Readonly<Record<string, string | null>>;
    };
    readonly spec?: { readonly unschedulable?: boolean | null };
  };
  const { uid, resourceVersion, annotations = {} } = metadata ?? {};
  return { kind: "patch", node, uid, resourceVersion, unschedulable: spec?.unschedulable, annotations };
}

export function isSuccess({ answer }: LoggedRequest): boolean {
  if (answer.kind === "aws") return true;
  return answer.kind === "kubernetes" && answer.answer.status >= 200 && answer.answer.status < 300;
}
