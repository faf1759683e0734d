import { performance } from "node:perf_hooks";
import type { Json } from "#gateway/wire.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { World } from "#world/world.ts";
import { medianOf } from "./measure-starts.ts";

const ROUNDS = 60;
const pods = "/api/v1/namespaces/internal/pods";

export interface Operation {
  readonly name: string;
  /** Does it once, and everything that the world does of itself after it. */
  readonly run: (world: World, round: number) => void;
  readonly rest?: (world: World) => void;
}

export const operations: readonly Operation[] = [
  {
    name: "patch of a pod, seen by ten watches",
    run: (world, round) => {
      const cursors = watchesOf(world);
      const name = probe(world, round).metadata.name;
      send(world, "PATCH", `${pods}/${name}`, { metadata: { annotations: { round: String(round) } } });
      for (const cursor of cursors) if (cursor.take().length !== 1) throw new Error("a watch saw nothing");
      for (const cursor of cursors) cursor.close();
    },
  },
  {
    name: "eviction until the replacement is Ready and its budget knows",
    run: (world, round) => {
      const name = probe(world, round).metadata.name;
      send(world, "POST", `${pods}/${name}/eviction`, { metadata: { name } });
      world.advance(world.now + 10_000);
    },
  },
  {
    name: "cordon and uncordon of a node",
    run: (world, round) => {
      const node = probe(world, round).spec.nodeName ?? "";
      send(world, "PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: true } });
      world.advance(world.now + 1000);
      send(world, "PATCH", `/api/v1/nodes/${node}`, { spec: { unschedulable: null } });
      world.advance(world.now + 1000);
    },
  },
  {
    name: "two pages of 20 pods, after a write",
    run: (world, round) => {
      const name = probe(world, round).metadata.name;
      send(world, "PATCH", `${pods}/${name}`, { metadata: { annotations: { page: String(round) } } });
      const list = get(world, { limit: "20" });
      get(world, { limit: "20", continue: list });
    },
  },
];

/** Of each world the median microseconds of each operation; the worlds take turns. */
export function measureOperations(worlds: readonly World[]): readonly (readonly number[])[] {
  const costs = worlds.map(() => operations.map((): number[] => []));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [row, operation] of operations.entries()) {
      for (const [column, world] of worlds.entries()) {
        const start = performance.now();
        operation.run(world, round);
        costs[column]?.[row]?.push((performance.now() - start) * 1000);
      }
    }
  }
  return costs.map((ofWorld) => ofWorld.map(medianOf));
}

function probe(world: World, round: number): Pod {
  const found = world.cluster.stores.pods.matching("internal", { matchLabels: { app: "probe" } });
  const pod = found[round % found.length];
  if (pod === undefined) throw new Error("there is no probe");
  return pod;
}

function watchesOf(world: World): readonly { take(): readonly unknown[]; close(): void }[] {
  return Array.from({ length: 10 }, () => {
    const query = { resourceVersion: String(world.cluster.counter.version) };
    const opening = world.openWatch(world.now, { method: "GET", path: "/api/v1/pods", query });
    if (opening.kind !== "open") throw new Error("a watch was refused");
    return opening.cursor;
  });
}

function send(world: World, method: "PATCH" | "POST", path: string, body: Json): void {
  const contentType = method === "PATCH" ? { contentType: "application/merge-patch+json" } : {};
  const request = { method, path, body, ...contentType } as const;
  const answer = world.handle(world.now, { kind: "kubernetes", request });
  if (answer.kind !== "kubernetes" || answer.answer.status >= 300)
    throw new Error(`${method} ${path} failed`);
}

function get(world: World, query: Readonly<Record<string, string>>): string {
  const request = { method: "GET", path: "/api/v1/pods", query } as const;
  const answer = world.handle(world.now, { kind: "kubernetes", request });
  if (answer.kind !== "kubernetes" || answer.answer.status !== 200) throw new Error("a list failed");
  const body = answer.answer.body as { readonly metadata: { readonly continue?: string } };
  return body.metadata.continue ?? "";
}
