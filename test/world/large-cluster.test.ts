import { describe, expect, test } from "vitest";
import { buildWorld } from "#world/build-world.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { World } from "#world/world.ts";

const zones = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];
const zoneKey = "topology.kubernetes.io/zone";

/** 120 nodes: from 100 on not all of them are compared. */
function largeWorld(): World {
  return buildWorld(
    {
      name: "large",
      groups: [{ name: "nodes", size: 120, zones, capacity: { cpu: "4", memory: "16Gi", pods: "110" } }],
      workloads: [
        { kind: "DaemonSet", name: "logs" },
        { kind: "Deployment", name: "web", replicas: 240, ready: "1s" },
        { kind: "Deployment", name: "one-a-node", replicas: 120, antiAffinity: "kubernetes.io/hostname" },
        {
          kind: "Deployment",
          name: "spread",
          replicas: 90,
          spread: [{ maxSkew: 1, topologyKey: zoneKey, whenUnsatisfiable: "DoNotSchedule" }],
        },
      ],
    },
    { seed: 3, now: Date.UTC(2026, 2, 2, 8) },
  );
}

function counts(pods: readonly Pod[], by: (pod: Pod) => string | undefined): readonly number[] {
  const found = new Map<string, number>();
  for (const pod of pods) found.set(by(pod) ?? "", (found.get(by(pod) ?? "") ?? 0) + 1);
  return [...found.values()];
}

describe("a large cluster that is made", () => {
  const world = largeWorld();
  const podsOf = (app: string): readonly Pod[] =>
    world.list("pods").filter(({ metadata }) => metadata.labels?.app === app);
  const node = ({ spec }: Pod): string | undefined => spec.nodeName;

  test("lies evenly: each workload over the nodes, all pods over the nodes", () => {
    expect(Math.max(...counts(podsOf("web"), node))).toBeLessThanOrEqual(3);
    const all = counts(world.list("pods"), node);
    expect(all).toHaveLength(120);
    expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(3);
  });

  test("keeps to what must be kept to", () => {
    expect(counts(podsOf("one-a-node"), node)).toEqual(Array.from({ length: 120 }, () => 1));
    expect(counts(podsOf("spread"), ({ metadata }) => metadata.labels?.[zoneKey])).toEqual([30, 30, 30]);
    expect(counts(podsOf("logs"), node)).toEqual(Array.from({ length: 120 }, () => 1));
  });

  test("has pods that are Ready and whose addresses and places are their own", () => {
    for (const pod of world.list("pods")) {
      const found = world.get("nodes", undefined, pod.spec.nodeName ?? "");
      const address = found?.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
      expect(pod.status).toMatchObject({ phase: "Running", hostIP: address });
      expect(pod.status.podIPs).toEqual([{ ip: pod.status.podIP }]);
      expect(pod.metadata.labels?.[zoneKey]).toBe(found?.metadata.labels?.[zoneKey]);
    }
  });

  test("is the same again from the same seed", () => {
    expect(largeWorld().list("pods")).toEqual(world.list("pods"));
  });
});
