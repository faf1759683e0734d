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

/** What has to be on the node, so that every drain has the same to do: by far the usual lot of one on `small`. */
const NODE_WITH = "api 1, db 1, kube-dns 1, web 2";
const MOST_RIGS = 5;

interface Ground {
  readonly rig: TestRig;
  readonly node: string;
}

/** Drains a node of a fresh rig `small` and judges it by the audit log and an independent watch. */
export async function measureDrain(drainer: Drainer): Promise<DrainMeasurement> {
  const ground = await freshGround();
  try {
    return await measureOn(ground, drainer);
  } finally {
    await ground.rig.stop();
  }
}

/** The scheduler has its moods: rigs until one has a node with just those pods. */
async function freshGround(): Promise<Ground> {
  for (let count = 0; count < MOST_RIGS; count++) {
    const rig = await startTestRig("bench-drain");
    try {
      await awaitAllReady(rig);
      const node = (await podsByNode(rig)).find(([, pods]) => pods === NODE_WITH)?.[0];
      if (node !== undefined) return { rig, node };
    } catch (error) {
      await rig.stop();
      throw error;
    }
    await rig.stop();
  }
  throw new Error(`none of ${MOST_RIGS} rigs had a node with ${NODE_WITH}`);
}

async function measureOn(
  { rig, node }: Ground,
  { name, prepare, drain }: Drainer,
): Promise<DrainMeasurement> {
  await prepare?.(rig);
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
}

/** Of each node its evictable pods, "api 1, web 2". */
async function podsByNode(rig: TestRig): Promise<readonly (readonly [string, string])[]> {
  const counts = new Map<string, Map<string, number>>();
  for (const { metadata, spec } of await listAsAdmin(rig, "/api/v1/pods")) {
    const kind = metadata.ownerReferences?.[0]?.kind;
    if (spec?.nodeName === undefined || kind === undefined || kind === "DaemonSet" || kind === "Node")
      continue;
    const app = metadata.labels?.app ?? metadata.labels?.["k8s-app"] ?? "";
    const apps = counts.get(spec.nodeName) ?? new Map<string, number>();
    counts.set(spec.nodeName, apps.set(app, (apps.get(app) ?? 0) + 1));
  }
  return [...counts].map(([node, apps]) => {
    const parts = [...apps].map(([app, count]) => `${app} ${count}`);
    return [node, parts.sort().join(", ")] as const;
  });
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
