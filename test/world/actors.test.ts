import { expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario, ScenarioError } from "#world/check-scenario.ts";
import { isReady } from "#world/kubernetes/pod-state.ts";
import type { World } from "#world/world.ts";
import { startTime } from "./support.ts";

function worldWith(actors: readonly unknown[], more: Readonly<Record<string, unknown>> = {}): World {
  const scenario = {
    name: "actors",
    groups: [{ name: "nodes-a", size: 3, min: 1, max: 5, zones: ["eu-west-1a"] }],
    workloads: [
      { kind: "Deployment", name: "web", replicas: 3, budgets: [{ maxUnavailable: 1 }], stop: "1s" },
    ],
    actors,
    ...more,
  };
  return buildWorld(checkScenario(scenario), { seed: 5, now: startTime });
}

const pass = (world: World, seconds: number): void => world.advance(world.now + seconds * 1000);

function replicas(world: World): number | undefined {
  return world.get("deployments", "default", "web")?.spec.replicas;
}

test("an autoscaler of pods goes through its pattern within its bounds, and rests when it is through", () => {
  const autoscaler = { kind: "horizontalAutoscaler", workload: "Deployment", name: "web", min: 2, max: 6 };
  const world = worldWith([{ ...autoscaler, pattern: [9, 1], every: "30s", times: 2 }]);
  expect(replicas(world)).toBe(3);
  pass(world, 31);
  expect(replicas(world)).toBe(6);
  pass(world, 30);
  expect(replicas(world)).toBe(2);
  pass(world, 60);
  expect(world.nextAt()).toBeUndefined();
});

test("a human drains a node as kubectl does, within the budget, and opens it again", () => {
  const node = { group: "nodes-a", index: 1 };
  const world = worldWith([
    { kind: "human", at: "10s", does: "drain", node },
    { kind: "human", at: "100s", does: "uncordon", node },
  ]);
  const name = world.list("nodes")[1]?.metadata.name ?? "";
  pass(world, 90);
  expect(world.get("nodes", undefined, name)?.spec.unschedulable).toBe(true);
  expect(world.list("pods").filter(({ spec }) => spec.nodeName === name)).toEqual([]);
  expect(world.list("pods").filter(isReady)).toHaveLength(3);
  pass(world, 20);
  expect(world.get("nodes", undefined, name)?.spec.unschedulable).toBeUndefined();
});

test("a human restarts, scales and deletes", () => {
  const world = worldWith([
    { kind: "human", at: "10s", does: "restart", workload: "Deployment", name: "web" },
    { kind: "human", at: "60s", does: "scale", workload: "Deployment", name: "web", replicas: 2 },
    { kind: "human", at: "90s", does: "deletePod", app: "web" },
  ]);
  pass(world, 50);
  expect(world.list("replicasets")).toHaveLength(2);
  pass(world, 30);
  const before = world.list("pods").map(({ metadata }) => metadata.name);
  expect(before).toHaveLength(2);
  pass(world, 30);
  const after = world.list("pods").map(({ metadata }) => metadata.name);
  expect(after.filter((name) => before.includes(name))).toHaveLength(1);
});

test("a spot interruption taints the node, and ends its instance after the notice", () => {
  const world = worldWith([{ kind: "spotInterruption", at: "10s", node: { group: "nodes-a" } }]);
  const node = world.list("nodes")[0];
  pass(world, 12);
  const now = world.get("nodes", undefined, node?.metadata.name ?? "");
  expect(now?.spec.taints?.map(({ key }) => key)).toEqual(["aws-node-termination-handler/spot-itn"]);
  pass(world, 400);
  expect(world.list("nodes").some(({ metadata }) => metadata.uid === node?.metadata.uid)).toBe(false);
  expect(world.list("pods").filter(isReady)).toHaveLength(3);
});

test("an autoscaler of nodes takes empty nodes away, and adds one for a pod that fits nowhere", () => {
  const web = { kind: "Deployment", name: "web", replicas: 1, requests: { cpu: "3" } };
  const scaled = {
    kind: "human",
    at: "600s",
    does: "scale",
    workload: "Deployment",
    name: "web",
    replicas: 2,
  };
  const world = worldWith(
    [{ kind: "clusterAutoscaler", group: "nodes-a", unneededFor: "60s", times: 100 }, scaled],
    { workloads: [web] },
  );
  pass(world, 30);
  const marked = world.list("nodes").filter(({ spec }) => spec.taints !== undefined);
  expect(marked.map(({ spec }) => spec.taints?.[0]?.key)).toEqual([
    "DeletionCandidateOfClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
  ]);
  pass(world, 500);
  expect(world.list("nodes")).toHaveLength(1);
  pass(world, 400);
  expect(world.list("nodes")).toHaveLength(2);
  expect(world.list("pods").filter(isReady)).toHaveLength(2);
});

test("pods of an owner that nobody here knows come back under their names", () => {
  const owner = {
    kind: "customOwner",
    apiVersion: "example.com/v1",
    ownerKind: "Database",
    name: "pg",
    replicas: 2,
  };
  const world = worldWith([
    { ...owner, after: "3s" },
    { kind: "human", at: "5s", does: "deletePod", app: "pg" },
  ]);
  const first = world.get("pods", "default", "pg-0");
  expect(first?.metadata.ownerReferences).toMatchObject([{ kind: "Database", controller: true }]);
  pass(world, 7);
  expect(world.get("pods", "default", "pg-0")).toBeUndefined();
  pass(world, 10);
  expect(world.get("pods", "default", "pg-0")?.metadata.uid).not.toBe(first?.metadata.uid);
  expect(isReady(world.get("pods", "default", "pg-0") ?? (world.list("pods")[0] as never))).toBe(true);
});

test("a wrong actor is refused with its place", () => {
  try {
    worldWith([
      { kind: "god" },
      { kind: "human", at: "1s", does: "fly" },
      { kind: "human", does: "drain", at: "x" },
    ]);
    expect.unreachable();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    expect(error.faults).toEqual([
      'actors[0].kind: must be one of human, horizontalAutoscaler, spotInterruption, clusterAutoscaler, customOwner, not "god"',
      'actors[1].does: must be one of cordon, uncordon, drain, deletePod, scale, restart, not "fly"',
      "actors[2].node: is missing",
      'actors[2].at: must be a duration such as "3s" or "500ms", not "x"',
    ]);
  }
});

test("each is known by its name in the servers' log", () => {
  const node = { group: "nodes-a" };
  const autoscaler = { kind: "horizontalAutoscaler", workload: "Deployment", name: "web", min: 1, max: 6 };
  const world = worldWith([
    { kind: "human", at: "10s", does: "cordon", node },
    { ...autoscaler, pattern: [4], every: "20s", times: 1 },
    { kind: "spotInterruption", at: "30s", node },
  ]);
  const clients: string[] = [];
  world.onRequest(({ client }) => clients.push(client));
  pass(world, 40);
  expect(clients).toEqual(["admin", "horizontal-pod-autoscaler", "aws-node-termination-handler"]);
});
