import type { AuditRecord } from "./audit-log.ts";
import type { FleetCall } from "./fleet-truth.ts";

/** One eviction request. `uid` is its precondition, "" where it has none. */
export interface EvictionRequest {
  readonly user: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** 201: the pod is being deleted. */
  readonly code: number;
  /** Epoch milliseconds, when the server received it. */
  readonly at: number;
}

interface EvictionBody {
  readonly deleteOptions?: {
    readonly dryRun?: readonly string[];
    readonly preconditions?: { readonly uid?: string };
  };
}

/** Every real eviction request (no dry runs) that `user` sent, whatever the answer, in order. */
export function evictionsBy(audit: readonly AuditRecord[], user = "dextre"): readonly EvictionRequest[] {
  const requests = audit.filter(
    ({ user: by, verb, resource, subresource }) =>
      by === user && verb === "create" && resource === "pods" && subresource === "eviction",
  );
  return requests.filter((record) => !isDryRun(record)).map(evictionOf);
}

function isDryRun(record: AuditRecord): boolean {
  const body = record.requestObject as EvictionBody | undefined;
  return record.uri.includes("dryRun=") || (body?.deleteOptions?.dryRun ?? []).length > 0;
}

function evictionOf(record: AuditRecord): EvictionRequest {
  const body = record.requestObject as EvictionBody | undefined;
  const { user, namespace, name, code, receivedAt } = record;
  return { user, namespace, name, uid: body?.deleteOptions?.preconditions?.uid ?? "", code, at: receivedAt };
}

/** The evictions that the server granted (201), by the UID of their precondition. */
export function evictionsByUid(
  audit: readonly AuditRecord[],
  user = "dextre",
): ReadonlyMap<string, readonly EvictionRequest[]> {
  return groupBy(
    evictionsBy(audit, user).filter((eviction) => eviction.code === 201),
    (eviction) => eviction.uid,
  );
}

/** Every delete and deletecollection that `user` sent, whatever the answer; of one resource where named. */
export function deletionsBy(
  audit: readonly AuditRecord[],
  user: string,
  resource?: string,
): readonly AuditRecord[] {
  return audit.filter(
    (record) =>
      record.user === user &&
      (record.verb === "delete" || record.verb === "deletecollection") &&
      (resource === undefined || record.resource === resource),
  );
}

/** Every request of `user` that could change something, whatever the answer. */
export function writesBy(audit: readonly AuditRecord[], user: string): readonly AuditRecord[] {
  const reads = new Set(["get", "list", "watch"]);
  const questions = new Set(["selfsubjectaccessreviews", "selfsubjectrulesreviews"]);
  return audit.filter(
    ({ user: by, verb, resource }) => by === user && !reads.has(verb) && !questions.has(resource),
  );
}

/** The calls that really began an instance's end, by instance. More than one call for an instance is a fault. */
export function terminatesByInstance(
  log: readonly FleetCall[],
  caller = "x",
): ReadonlyMap<string, readonly FleetCall[]> {
  const effective = log.flatMap((call) =>
    call.effects.flatMap((effect) =>
      effect.effect === "terminate" && call.caller === caller ? [{ instance: effect.instance, call }] : [],
    ),
  );
  const grouped = groupBy(effective, ({ instance }) => instance);
  return new Map([...grouped].map(([instance, found]) => [instance, found.map(({ call }) => call)]));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
