import { describe, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import { buildWorld } from "#world/build-world.ts";
import type { Lease, Node } from "#world/kubernetes/node-types.ts";
import type { Condition } from "#world/kubernetes/object-types.ts";
import { conditionOf } from "#world/kubernetes/pod-state.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { loadScenario, smallWorld, startTime } from "./support.ts";

const minute = 60_000;
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";

function ask(world: World, method: "GET" | "DELETE", path: string): unknown {
  const answer = world.handle(world.now, { kind: "kubernetes", request: { method, path } });
  if (answer.kind !== "kubernetes") throw new Error("not Kubernetes");
  return answer.answer.body;
}

const read = <T>(world: World, path: string): T => ask(world, "GET", path) as T;
const leaseOf = (world: World, name: string): Lease => read(world, `${leases}/${name}`);
const nodeOf = (world: World, name: string): Node => read(world, `/api/v1/nodes/${name}`);
const nameIn = (world: World): string => world.list("nodes")[1]?.metadata.name ?? "";
const secondsAgo = (world: World, time: string | undefined): number =>
  (world.now - Date.parse(time ?? "")) / 1000;

function conditionsOf(world: World, name: string): readonly Condition[] {
  return nodeOf(world, name).status.conditions ?? [];
}

describe("a kubelet that lives", () => {
  test("has a Lease of its Node that is never older than ten seconds, though nothing happens", () => {
    const world = smallWorld();
    const name = nameIn(world);
    const first = leaseOf(world, name);
    expect(first).toMatchObject({
      metadata: { ownerReferences: [{ kind: "Node", name, uid: nodeOf(world, name).metadata.uid }] },
      spec: { holderIdentity: name, leaseDurationSeconds: 40 },
    });
    const { version } = world.cluster.counter;
    for (const seconds of [0, 7, 10, 3600]) {
      world.advance(startTime + seconds * 1000);
      expect(secondsAgo(world, leaseOf(world, name).spec?.renewTime)).toBeLessThan(10);
      expect(secondsAgo(world, leaseOf(world, name).spec?.renewTime)).toBeGreaterThanOrEqual(0);
    }
    expect(leaseOf(world, name).spec?.renewTime).toMatch(/T\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(world.nextAt()).toBeUndefined();
    expect(world.cluster.counter.version).toBe(version);
  });

  test("tells of its conditions each five minutes, in one read and in a list", () => {
    const world = smallWorld();
    const name = nameIn(world);
    world.advance(startTime + 12 * minute);
    const conditions = conditionsOf(world, name);
    expect(conditions.map(({ type, status }) => [type, status])).toEqual([
      ["MemoryPressure", "False"],
      ["DiskPressure", "False"],
      ["PIDPressure", "False"],
      ["Ready", "True"],
    ]);
    for (const { lastHeartbeatTime, lastTransitionTime } of conditions) {
      expect(secondsAgo(world, lastHeartbeatTime)).toBeLessThan(300);
      expect(secondsAgo(world, lastTransitionTime)).toBeGreaterThan(3600);
    }
    const list = read<{ readonly items: readonly Node[] }>(world, "/api/v1/nodes");
    const listed = list.items.find(({ metadata }) => metadata.name === name);
    expect(listed?.status.conditions).toEqual(conditions);
  });

  test("writes its Lease again where somebody has deleted it", () => {
    const world = smallWorld();
    const name = nameIn(world);
    ask(world, "DELETE", `${leases}/${name}`);
    expect(leaseOf(world, name)).toMatchObject({ kind: "Status", code: 404 });
    world.advance(world.now + 10_000);
    expect(leaseOf(world, name)).toMatchObject({ spec: { holderIdentity: name } });
    expect(world.nextAt()).toBeUndefined();
  });
});

describe("a kubelet that dies", () => {
  test("leaves its last heartbeat in the Lease, and in the conditions once they are unknown", () => {
    const world = smallWorld();
    const name = nameIn(world);
    world.advance(startTime + 7 * minute + 1234);
    const lease = leaseOf(world, name).spec?.renewTime;
    const told = conditionOf(conditionsOf(world, name), "Ready")?.lastHeartbeatTime;
    new Actors(world).silenceNode(name);
    world.advance(world.now + 20_000);
    expect(leaseOf(world, name).spec?.renewTime).toBe(lease);
    world.advance(world.now + 40 * minute);
    expect(leaseOf(world, name).spec?.renewTime).toBe(lease);
    expect(conditionOf(conditionsOf(world, name), "Ready")).toMatchObject({
      status: "Unknown",
      lastHeartbeatTime: told,
    });
  });

  test("beats again when it is back", () => {
    const world = smallWorld();
    const name = nameIn(world);
    const actors = new Actors(world);
    actors.silenceNode(name);
    world.advance(world.now + 10 * minute);
    actors.recoverNode(name);
    expect(secondsAgo(world, leaseOf(world, name).spec?.renewTime)).toBeLessThan(10);
  });
});

test("a write answers with the heartbeats that a read shows: what changes nothing looks the same", () => {
  const world = smallWorld();
  const path = `/api/v1/nodes/${nameIn(world)}`;
  world.advance(world.now + 12 * minute);
  const body = { spec: { unschedulable: null } };
  expect(new Probe(world).patch(path, body).body).toEqual(read(world, path));
});

test("a Node that is gone takes its Lease with it", () => {
  const world = smallWorld();
  const name = nameIn(world);
  ask(world, "DELETE", `/api/v1/nodes/${name}`);
  world.advance(world.now + minute);
  expect(leaseOf(world, name)).toMatchObject({ kind: "Status", code: 404 });
});

test("a cluster has its four namespaces and the Service of its API server, and keeps those that it must", () => {
  const world = smallWorld();
  const names = world.list("namespaces").map(({ metadata }) => metadata.name);
  expect(names).toEqual(expect.arrayContaining(["default", "kube-node-lease", "kube-public", "kube-system"]));
  expect(read(world, "/api/v1/namespaces/default/services/kubernetes")).toMatchObject({
    spec: { clusterIP: "10.96.0.1", type: "ClusterIP" },
  });
  expect(ask(world, "DELETE", "/api/v1/namespaces/kube-public")).toMatchObject({
    code: 403,
    message: 'namespaces "kube-public" is forbidden: this namespace may not be deleted',
  });
});

test("worlds of one seed can be told apart by the cluster's identity, and are the same beside", () => {
  const scenario = loadScenario("small");
  const made = (clusterUid: string) => buildWorld(scenario, { seed: 1, now: startTime, clusterUid });
  const [first, second] = [made("first"), made("second")];
  const system = (world: World) => world.get("namespaces", undefined, "kube-system")?.metadata.uid;
  expect([system(first), system(second)]).toEqual(["first", "second"]);
  const uids = (world: World) => world.list("pods").map(({ metadata }) => metadata.uid);
  expect(uids(first)).toEqual(uids(second));
});
