import { describe, expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import type { WorldClient } from "#world/drivers/client.ts";
import type { World } from "#world/world.ts";
import { driverOf, smallWorld, startTime } from "./support.ts";

function evictable(world: World, node: string) {
  return world
    .list("pods")
    .filter((pod) => pod.spec.nodeName === node && pod.metadata.ownerReferences?.[0]?.kind !== "DaemonSet");
}

async function evictAll(world: World, client: WorldClient, node: string): Promise<void> {
  for (let left = evictable(world, node); left.length > 0; left = evictable(world, node)) {
    for (const { metadata } of left) {
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/eviction`;
      const body = {
        metadata: { name: metadata.name },
        deleteOptions: { preconditions: { uid: metadata.uid } },
      };
      await client.kubernetes.request({ method: "POST", path, body });
    }
    await client.clock.sleep(1000);
  }
}

describe("rolling the worker group of the small scenario by hand", () => {
  test("ends with three new instances, everything Ready and no budget broken", async () => {
    const world = smallWorld(3);
    const driver = driverOf(world, { seed: 3 });
    const client = driver.client("roller");
    const actors = new Actors(world);
    let lowestWeb = 6;
    world.onChange(({ plural }) => {
      if (plural !== "pods") return;
      const ready = world
        .list("pods")
        .filter(
          (pod) =>
            pod.metadata.labels?.app === "web" &&
            pod.metadata.deletionTimestamp === undefined &&
            pod.status.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
        ).length;
      lowestWeb = Math.min(lowestWeb, ready);
    });
    const before = world.fleet.membersOf("nodes-a").map(({ id }) => id);
    await driver.run(async () => {
      for (const id of before) {
        const node = world.list("nodes").find(({ spec }) => spec.providerID?.endsWith(id));
        if (node === undefined) throw new Error("no node");
        actors.cordon(node.metadata.name);
        await evictAll(world, client, node.metadata.name);
        await client.aws.call("TerminateInstanceInAutoScalingGroup", {
          InstanceId: id,
          ShouldDecrementDesiredCapacity: false,
        });
        await client.clock.sleep(30_000);
      }
    });
    const after = world.fleet.membersOf("nodes-a");
    expect(after.map(({ lifecycle }) => lifecycle)).toEqual(["InService", "InService", "InService"]);
    expect(after.map(({ zone }) => zone).sort()).toEqual(["eu-west-1a", "eu-west-1b", "eu-west-1c"]);
    expect(after.some(({ id }) => before.includes(id))).toBe(false);
    expect(after.map(({ templateVersion }) => templateVersion)).toEqual([2, 2, 2]);
    expect(world.list("nodes")).toHaveLength(4);
    expect(world.list("nodes").some(({ spec }) => spec.unschedulable === true)).toBe(false);
    expect(world.list("deployments").map(({ status }) => status.readyReplicas)).toEqual([3, 6, 2]);
    expect(world.list("statefulsets").map(({ status }) => status.readyReplicas)).toEqual([3]);
    expect(lowestWeb).toBe(5);
    expect(driver.now() - startTime).toBeGreaterThan(90_000);
  });
});
