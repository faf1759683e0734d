import { readAudit } from "#test/e2e/harness/audit-log.ts";
import { listAsAdmin } from "#test/e2e/harness/cluster-truth.ts";
import { evictionsBy } from "#test/e2e/harness/judge-requests.ts";
import { lowestReady } from "#test/e2e/harness/judge-timeline.ts";
import type { RawObject } from "#test/e2e/harness/read-state.ts";
import { awaitAllReady } from "#test/e2e/harness/roll.ts";
import { startTestRig, type TestRig } from "#test/e2e/harness/test-rig.ts";
import type { Timeline } from "#test/e2e/harness/timeline.ts";
import { watchCluster } from "#test/e2e/harness/watch-cluster.ts";
import { type DrainLimit, limitOf } from "./drain-limit.ts";
import { countRequests, type DrainRequests } from "./drain-requests.ts";

/** One way to drain: its name for the table, and the program that does it; settled when that has ended well. */
export interface Drainer {
  readonly name: string;
  /** Not measured. */
  readonly prepare?: (rig: TestRig) => Promise<void>;
  readonly drain: (rig: TestRig, node: string) => Promise<void>;
}

export interface WorkloadMeasurement {
  readonly owner: string;
  readonly replicas: number;
  readonly lowest: number;
  /** Ready pods when the program ended. */
  readonly atEnd: number;
}

export interface DrainMeasurement {
  readonly name: string;
  readonly evicted: number;
  /** From the first granted eviction until the last replacement was Ready. */
  readonly seconds: number;
  /** From the start of the program to its end. */
  readonly programSeconds: number;
  readonly workloads: readonly WorkloadMeasurement[];
  readonly requests: DrainRequests;
  readonly limit: DrainLimit;
}

/** Drains the fullest node of a fresh rig `small` and judges it by the audit log and an independent watch. */
export async function measureDrain({ name, prepare, drain }: Drainer): Promise<DrainMeasurement> {
  const rig = await startTestRig("bench-drain");
  try {
    await awaitAllReady(rig);
    await prepare?.(rig);
    const node = await fullestNode(rig);
    const watch = await watchCluster(rig);
    const startedAt = Date.now();
    await drain(rig, node);
    const endedAt = Date.now();
    const audit = (await readAudit(rig)).filter((record) => record.receivedAt >= startedAt);
    // kubectl is done before the replacements are
    await awaitAllReady(rig);
    const timeline = await watch.timeline();
    watch.stop();
    const granted = evictionsBy(audit).filter(({ code }) => code === 201);
    const limit = limitOf(granted, timeline);
    return {
      name,
      evicted: granted.length,
      seconds: (limit.lastReadyAt - Math.min(...granted.map(({ at }) => at))) / 1000,
      programSeconds: (endedAt - startedAt) / 1000,
      workloads: await measureWorkloads(rig, timeline, endedAt),
      requests: countRequests(audit, "dextre"),
      limit,
    };
  } finally {
    await rig.stop();
  }
}

/** The node with the most evictable pods, of the most workloads; among equals the first by name. */
async function fullestNode(rig: TestRig): Promise<string> {
  const owned = new Map<string, string[]>();
  for (const { metadata, spec } of await listAsAdmin(rig, "/api/v1/pods")) {
    const owner = metadata.ownerReferences?.[0];
    if (!owner || owner.kind === "DaemonSet" || spec?.nodeName === undefined) continue;
    owned.set(spec.nodeName, [...(owned.get(spec.nodeName) ?? []), owner.uid]);
  }
  const ranked = [...owned].sort(
    ([aName, a], [bName, b]) =>
      b.length - a.length || new Set(b).size - new Set(a).size || (aName < bName ? -1 : 1),
  );
  const [node] = ranked[0] ?? [];
  if (node === undefined) throw new Error("no node has a pod that could be evicted");
  return node;
}

async function measureWorkloads(
  rig: TestRig,
  timeline: Timeline,
  endedAt: number,
): Promise<readonly WorkloadMeasurement[]> {
  const kinds = { Deployment: "/apis/apps/v1/deployments", StatefulSet: "/apis/apps/v1/statefulsets" };
  const found = await Promise.all(
    Object.entries(kinds).map(async ([kind, path]) =>
      (await listAsAdmin(rig, path)).map((object) => {
        const { metadata, spec } = object as RawObject & { readonly spec: { readonly replicas: number } };
        const owner = `${kind} ${metadata.namespace}/${metadata.name}`;
        return {
          owner,
          replicas: spec.replicas,
          lowest: lowestReady(timeline, owner) ?? spec.replicas,
          atEnd: readyAt(timeline, owner, endedAt),
        };
      }),
    ),
  );
  return found.flat();
}

/** Ready pods of an owner as the judge had seen them at an instant. */
function readyAt(timeline: Timeline, owner: string, at: number): number {
  const ready = new Set<string>();
  for (const { state, change, at: seenAt } of timeline.events) {
    if (state.kind !== "Pod" || state.owner !== owner || seenAt > at) continue;
    if (state.ready && change !== "deleted") ready.add(state.uid);
    else ready.delete(state.uid);
  }
  return ready.size;
}
