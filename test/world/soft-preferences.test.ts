import { expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import type { World } from "#world/world.ts";
import { smallWorld } from "./support.ts";

const zoneKey = "topology.kubernetes.io/zone";

function nodesOf(world: World, app: string): readonly (string | undefined)[] {
  return world
    .list("pods")
    .filter(({ metadata }) => metadata.labels?.app === app)
    .map(({ spec }) => spec.nodeName);
}

function workers(world: World): readonly string[] {
  return world
    .list("nodes")
    .filter(({ metadata }) => metadata.labels?.["node-role.kubernetes.io/node"] === "")
    .map(({ metadata }) => metadata.name);
}

test("a PreferNoSchedule taint is avoided where there is another node, and does not bind where there is none", () => {
  const world = smallWorld(4, { workloads: [{ kind: "Deployment", name: "web", replicas: 0 }] });
  const actors = new Actors(world);
  const [avoided = "", ...others] = workers(world);
  const taints = [{ key: "old", effect: "PreferNoSchedule" }];
  actors.request("PATCH", `/api/v1/nodes/${avoided}`, { spec: { taints } });
  actors.scale("deployments", "default", "web", 6);
  world.advance(world.now + 5000);
  expect(nodesOf(world, "web")).toHaveLength(6);
  expect(nodesOf(world, "web").filter((node) => node === undefined || node === avoided)).toEqual([]);
  for (const other of others) actors.cordon(other);
  actors.scale("deployments", "default", "web", 8);
  world.advance(world.now + 5000);
  expect(nodesOf(world, "web").filter((node) => node === avoided)).toHaveLength(2);
});

test("a ScheduleAnyway spread evens out pods of several owners, and does not bind", () => {
  const spread = [
    {
      maxSkew: 1,
      topologyKey: zoneKey,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels: { tier: "front" } },
    },
  ] as const;
  const pods = ["one", "two", "three"].map((name) => ({
    kind: "Pod" as const,
    name,
    labels: { app: "web", tier: "front" },
    spread,
  }));
  const heavy = {
    kind: "Pod" as const,
    name: "heavy",
    nodeSelector: { [zoneKey]: "eu-west-1a" },
    requests: { cpu: "3" },
  };
  const world = smallWorld(4, { workloads: [heavy, ...pods] });
  expect(new Set(nodesOf(world, "web")).size).toBe(3);
  const actors = new Actors(world);
  const [first, ...others] = workers(world);
  for (const other of others) actors.cordon(other);
  for (const { name } of pods) actors.forceDeletePod("default", name);
  for (const { name } of pods) {
    actors.request("POST", "/api/v1/namespaces/default/pods", {
      metadata: { name, labels: { app: "web", tier: "front" } },
      spec: { containers: [{ name: "c", image: "a:1" }], topologySpreadConstraints: spread },
    });
  }
  world.advance(world.now + 5000);
  expect(new Set(nodesOf(world, "web"))).toEqual(new Set([first]));
});
