import { describe, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { ScenarioWorkload } from "#world/scenario.ts";
import type { World } from "#world/world.ts";
import { Probe } from "./probe.ts";
import { loadScenario, smallWorld } from "./support.ts";

/** Three workers, one in each zone, 4 cores each; a tainted control-plane node. */
function worldWith(...workloads: readonly ScenarioWorkload[]): World {
  return smallWorld(2, { workloads });
}

function podsOf(world: World, app: string): readonly Pod[] {
  return world.list("pods").filter(({ metadata }) => metadata.labels?.app === app);
}

function whyPending(world: World, app: string): string | undefined {
  const pod = podsOf(world, app).find(({ spec }) => spec.nodeName === undefined);
  expect(pod?.status.phase).toBe("Pending");
  const condition = pod?.status.conditions?.find(({ type }) => type === "PodScheduled");
  expect(condition).toMatchObject({ status: "False", reason: "Unschedulable" });
  return condition?.message;
}

function workers(world: World): readonly string[] {
  return world
    .list("nodes")
    .filter(({ metadata }) => metadata.labels?.["node-role.kubernetes.io/node"] === "")
    .map(({ metadata }) => metadata.name);
}

describe("the scheduler", () => {
  test("says in the real one's words why a pod fits nowhere", () => {
    const world = worldWith({ kind: "Deployment", name: "fat", replicas: 4, requests: { cpu: "3" } });
    expect(podsOf(world, "fat").filter(({ spec }) => spec.nodeName !== undefined)).toHaveLength(3);
    expect(whyPending(world, "fat")).toBe(
      "0/4 nodes are available: 1 node(s) had untolerated taint(s), 3 Insufficient cpu. no new claims to deallocate, preemption: 0/4 nodes are available: 1 Preemption is not helpful for scheduling, 3 No preemption victims found for incoming pod.",
    );
  });

  test("reads a request in whatever form a quantity may have", () => {
    for (const memory of ["1Pi", "1P", "1e15", "1Ei"]) {
      const world = worldWith({ kind: "Deployment", name: "fat", requests: { memory } });
      expect(whyPending(world, "fat")).toContain("3 Insufficient memory");
    }
    const world = worldWith({
      kind: "Deployment",
      name: "thin",
      requests: { cpu: "100000u", memory: "1e6" },
    });
    expect(podsOf(world, "thin").map(({ spec }) => spec.nodeName)).toEqual([expect.any(String)]);
  });

  test("counts cordoned nodes as unschedulable, and tries again when one is uncordoned", () => {
    const world = worldWith({ kind: "Deployment", name: "web", replicas: 1 });
    const actors = new Actors(world);
    for (const node of workers(world)) actors.cordon(node);
    actors.scale("deployments", "default", "web", 2);
    world.advance(world.now + 2000);
    expect(whyPending(world, "web")).toContain("3 node(s) were unschedulable");
    actors.uncordon(workers(world)[0] ?? "");
    world.advance(world.now + 2000);
    expect(podsOf(world, "web").every(({ spec }) => spec.nodeName !== undefined)).toBe(true);
  });

  test("puts one replica on each host under required anti-affinity, and no more", () => {
    const world = worldWith({
      kind: "Deployment",
      name: "one",
      replicas: 4,
      antiAffinity: "kubernetes.io/hostname",
    });
    const nodes = podsOf(world, "one").flatMap(({ spec }) => spec.nodeName ?? []);
    expect(new Set(nodes).size).toBe(3);
    expect(whyPending(world, "one")).toContain("3 node(s) didn't match pod anti-affinity rules");
  });

  test("keeps anti-affinity by zone", () => {
    const world = worldWith({
      kind: "Deployment",
      name: "z",
      replicas: 4,
      antiAffinity: "topology.kubernetes.io/zone",
    });
    expect(podsOf(world, "z").filter(({ spec }) => spec.nodeName !== undefined)).toHaveLength(3);
  });

  test("keeps a hard topology spread, cordoned nodes counting as empty domains", () => {
    const world = worldWith({
      kind: "Deployment",
      name: "s",
      replicas: 3,
      nodeSelector: { "node-role.kubernetes.io/node": "" },
      spread: [
        {
          maxSkew: 1,
          topologyKey: "kubernetes.io/hostname",
          whenUnsatisfiable: "DoNotSchedule",
          labelSelector: { matchLabels: { app: "s" } },
        },
      ],
    });
    expect(new Set(podsOf(world, "s").map(({ spec }) => spec.nodeName)).size).toBe(3);
    const actors = new Actors(world);
    const victim = podsOf(world, "s")[0];
    actors.cordon(victim?.spec.nodeName ?? "");
    actors.delete("pods", "default", victim?.metadata.name ?? "");
    world.advance(world.now + 5000);
    expect(whyPending(world, "s")).toContain("2 node(s) didn't match pod topology spread constraints");
  });

  test("follows node selectors", () => {
    const world = worldWith({ kind: "Deployment", name: "gpu", nodeSelector: { gpu: "yes" } });
    expect(whyPending(world, "gpu")).toContain("3 node(s) didn't match Pod's node affinity/selector");
  });

  test("keeps a pod with a zonal volume in its zone", () => {
    const world = worldWith({ kind: "StatefulSet", name: "db", replicas: 3, zonalVolume: true });
    const actors = new Actors(world);
    const victim = world.get("pods", "default", "db-0");
    actors.cordon(victim?.spec.nodeName ?? "");
    actors.delete("pods", "default", "db-0");
    world.advance(world.now + 10_000);
    expect(whyPending(world, "db")).toContain("2 node(s) didn't match PersistentVolume's node affinity");
    actors.uncordon(victim?.spec.nodeName ?? "");
    world.advance(world.now + 10_000);
    expect(world.get("pods", "default", "db-0")?.spec.nodeName).toBe(victim?.spec.nodeName);
  });

  test("spreads the replicas of a workload over the workers", () => {
    const world = smallWorld(4);
    for (const node of workers(world)) {
      expect(podsOf(world, "web").filter(({ spec }) => spec.nodeName === node)).toHaveLength(2);
    }
  });

  test("counts a node's places for pods", () => {
    const groups = loadScenario("small").groups.map((group) => ({ ...group, capacity: { pods: "2" } }));
    const world = smallWorld(2, { groups, workloads: [{ kind: "Deployment", name: "many", replicas: 7 }] });
    expect(whyPending(world, "many")).toContain("3 Too many pods");
  });
});

describe("a pod that cannot be placed", () => {
  const pods = "/api/v1/namespaces/default/pods";
  const containers = [{ name: "c", image: "one:1" }];

  test("waits for the claim that it names", () => {
    const world = smallWorld(2);
    const probe = new Probe(world);
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "absent" } }];
    const metadata = { name: "one", labels: { app: "one" } };
    expect(probe.send("POST", pods, { metadata, spec: { containers, volumes } }).status).toBe(201);
    world.advance(world.now + 2000);
    expect(whyPending(world, "one")).toBe(
      '0/4 nodes are available: persistentvolumeclaim "absent" not found. no new claims to deallocate, preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.',
    );
    probe.send("POST", "/api/v1/namespaces/default/persistentvolumeclaims", {
      metadata: { name: "absent" },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
    });
    world.advance(world.now + 2000);
    expect(podsOf(world, "one")[0]?.spec.nodeName).toBeDefined();
  });

  test("is left to the scheduler that it names", () => {
    const world = smallWorld(2);
    const spec = { containers, schedulerName: "mine" };
    new Probe(world).send("POST", pods, { metadata: { name: "one" }, spec });
    world.advance(world.now + 10_000);
    const pod = world.get("pods", "default", "one");
    expect(pod?.spec.nodeName).toBeUndefined();
    expect(pod?.status.conditions).toBeUndefined();
  });

  test.each([
    [{ priority: 7 }, "the integer value of priority (7) must not be provided in pod spec; priority"],
    [{ preemptionPolicy: "Never" }, "the string value of PreemptionPolicy (Never) must not be provided"],
    [{ runtimeClassName: "absent" }, 'pod rejected: RuntimeClass "absent" not found'],
  ])("is refused where it says %j", (more, message) => {
    const spec = { containers, ...more };
    const { status, body } = new Probe(smallWorld(2)).send("POST", pods, { metadata: { name: "one" }, spec });
    expect([status, body.message]).toEqual([403, expect.stringContaining(message)]);
  });
});
