import { createInterface } from "node:readline";
import { callKubernetes, openKubernetes } from "#test/rig/kubernetes-access.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { ownerReference, type RawObject, stateOf } from "./read-state.ts";
import type { TestRig } from "./test-rig.ts";
import type { Timeline, TimelineEvent } from "./timeline.ts";

/** An independent look at the cluster as admin: it shares no code with dextre. */
export interface ClusterWatch {
  /**
   * What happened so far. Waits until everything that had happened at the call has arrived.
   * @throws where a watch broke: a timeline with a hole judges nothing
   */
  timeline(): Promise<Timeline>;
  stop(): void;
}

const paths = {
  Pod: "/api/v1/pods",
  Node: "/api/v1/nodes",
  Budget: "/apis/policy/v1/poddisruptionbudgets",
  ReplicaSet: "/apis/apps/v1/replicasets",
} as const;

type WatchedKind = keyof typeof paths;

interface RawEvent {
  readonly at: number;
  readonly kind: WatchedKind;
  readonly change: TimelineEvent["change"];
  readonly object: RawObject;
}

interface ObjectList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly RawObject[];
}

interface Cursor {
  readonly kind: WatchedKind;
  readonly listRevision: number;
  seenRevision: number;
  failure: unknown;
  close: () => void;
}

/** Begins to watch pods, nodes, budgets and (for owners) replica sets. Settled when all are watched. */
export async function watchCluster(rig: TestRig): Promise<ClusterWatch> {
  const events: RawEvent[] = [];
  const kinds = Object.keys(paths) as WatchedKind[];
  const cursors = await Promise.all(kinds.map((kind) => follow(rig, kind, events)));
  return {
    timeline: async () => {
      await catchUp(rig, cursors, events);
      return timelineOf(events, Math.max(...cursors.map((cursor) => cursor.listRevision)));
    },
    stop: () => {
      for (const cursor of cursors) cursor.close();
    },
  };
}

async function follow(rig: TestRig, kind: WatchedKind, events: RawEvent[]): Promise<Cursor> {
  const answer = await callKubernetes(rig.admin, { path: paths[kind] });
  const list = answer.body as ObjectList;
  const at = Date.now();
  events.push(...list.items.map((object) => ({ at, kind, change: "added" as const, object })));
  const listRevision = Number(list.metadata.resourceVersion);
  const query = `watch=1&allowWatchBookmarks=true&timeoutSeconds=7200&resourceVersion=${listRevision}`;
  const stream = await openKubernetes(rig.admin, `${paths[kind]}?${query}`);
  const cursor: Cursor = {
    kind,
    listRevision,
    seenRevision: listRevision,
    failure: undefined,
    close: () => stream.destroy(),
  };
  if (stream.statusCode !== 200) cursor.failure = new Error(`watch of ${kind}: HTTP ${stream.statusCode}`);
  stream.on("error", (problem) => {
    cursor.failure = problem;
  });
  const lines = createInterface({ input: stream });
  // it passes on the stream's own errors, which are noted above
  lines.on("error", () => undefined);
  lines.on("line", (line) => take(cursor, events, line));
  lines.on("close", () => {
    cursor.failure ??= new Error(`the watch of ${kind} ended`);
  });
  return cursor;
}

const changes: Readonly<Record<string, TimelineEvent["change"]>> = {
  ADDED: "added",
  MODIFIED: "modified",
  DELETED: "deleted",
};

function take(cursor: Cursor, events: RawEvent[], line: string): void {
  const { type, object } = JSON.parse(line) as { readonly type: string; readonly object: RawObject };
  if (type === "ERROR") {
    cursor.failure = new Error(`the watch of ${cursor.kind} answered ${line}`);
    return;
  }
  cursor.seenRevision = Number(object.metadata.resourceVersion);
  const change = changes[type];
  if (change) events.push({ at: Date.now(), kind: cursor.kind, change, object });
}

/** Lists each kind and waits until the watch has shown the newest of its objects, and the end of all that are not there. */
async function catchUp(rig: TestRig, cursors: readonly Cursor[], events: readonly RawEvent[]): Promise<void> {
  for (const cursor of cursors) {
    const answer = await callKubernetes(rig.admin, { path: paths[cursor.kind] });
    const list = answer.body as ObjectList;
    const newest = Math.max(0, ...list.items.map(revisionOf));
    await waitUntil(
      { what: `the watch of ${cursor.kind}`, timeoutSeconds: 30, everyMilliseconds: 20 },
      () => {
        if (cursor.failure !== undefined) throw cursor.failure;
        const isCaughtUp = cursor.seenRevision >= newest && !showsEnded(cursor.kind, events, list);
        return isCaughtUp ? true : undefined;
      },
    );
  }
}

/** Whether something stands by the events that is as old as the list, and not in it. */
function showsEnded(kind: WatchedKind, events: readonly RawEvent[], list: ObjectList): boolean {
  const standing = new Map<string, number>();
  for (const { object, change } of events.filter((event) => event.kind === kind)) {
    if (change === "deleted") standing.delete(object.metadata.uid);
    else standing.set(object.metadata.uid, revisionOf(object));
  }
  for (const { metadata } of list.items) standing.delete(metadata.uid);
  return [...standing.values()].some((revision) => revision <= Number(list.metadata.resourceVersion));
}

const revisionOf = ({ metadata }: RawObject): number => Number(metadata.resourceVersion);

function timelineOf(raw: readonly RawEvent[], startRevision: number): Timeline {
  const deployments = new Map<string, string>();
  for (const { kind, object } of raw) {
    const owner = ownerReference(object);
    if (kind === "ReplicaSet" && owner) {
      deployments.set(object.metadata.uid, `${owner.kind} ${object.metadata.namespace}/${owner.name}`);
    }
  }
  const events: TimelineEvent[] = [];
  for (const { kind, object, at, change } of raw) {
    if (kind === "ReplicaSet") continue;
    const state = stateOf(kind, object, deployments);
    events.push({ revision: Number(object.metadata.resourceVersion), at, change, state });
  }
  return { startRevision, events: events.sort((a, b) => a.revision - b.revision) };
}
