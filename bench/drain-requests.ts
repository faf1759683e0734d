import type { AuditRecord } from "#test/e2e/harness/audit-log.ts";

/** Requests by kind, "get pods" → how many. */
export interface DrainRequests {
  /** On pods and pods/eviction, but for one list and one watch: these grow with the pods. */
  readonly pods: ReadonlyMap<string, number>;
  readonly podRequests: number;
  /** One list and one watch of each kind, identity, access reviews, cordon, Lease. */
  readonly fixed: ReadonlyMap<string, number>;
  readonly fixedRequests: number;
}

/** Counts a user's requests. Whatever is asked of pods beyond one list and one watch counts as theirs. */
export function countRequests(audit: readonly AuditRecord[], user: string): DrainRequests {
  const pods = new Map<string, number>();
  const fixed = new Map<string, number>();
  const free = new Set(["list pods", "watch pods"]);
  for (const record of audit) {
    if (record.user !== user) continue;
    const kind = kindOf(record);
    const counted = record.resource === "pods" && !free.delete(kind) ? pods : fixed;
    const label = counted === pods && record.code >= 300 ? `${kind} (${record.code})` : kind;
    counted.set(label, (counted.get(label) ?? 0) + 1);
  }
  return { pods, podRequests: sum(pods), fixed, fixedRequests: sum(fixed) };
}

function kindOf({ verb, resource, subresource, uri }: AuditRecord): string {
  if (resource === "") return `${verb} ${uri.split("?")[0]}`;
  return `${verb} ${resource}${subresource === "" ? "" : `/${subresource}`}`;
}

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);
