import { expect, test } from "vitest";
import { watchServers } from "#cli/demo/server-facts.ts";
import type { World } from "#world/world.ts";
import { smallWorld } from "../world/support.ts";

function evict(world: World, name: string, uid: string): void {
  const path = `/api/v1/namespaces/default/pods/${name}/eviction`;
  const body = { metadata: { name, namespace: "default" }, deleteOptions: { preconditions: { uid } } };
  world.handle(world.now, { kind: "kubernetes", request: { method: "POST", path, body } });
}

function terminate(world: World, InstanceId: string): void {
  const input = { InstanceId, ShouldDecrementDesiredCapacity: false };
  world.handle(world.now, { kind: "aws", action: "TerminateInstanceInAutoScalingGroup", input });
}

test("what the demo says at its end is counted: what was granted, what happened twice, what came instead", () => {
  const world = smallWorld();
  const facts = watchServers(world);
  expect(facts()).toEqual({
    evictions: 0,
    evictedTwice: 0,
    podDeletions: 0,
    terminations: 0,
    terminatedTwice: 0,
    replacements: 0,
  });
  const pod = world.list("pods").find(({ metadata }) => metadata.labels?.app === "api");
  const { name = "", uid = "" } = pod?.metadata ?? {};
  evict(world, name, uid);
  evict(world, name, uid);
  evict(world, "nobody", "of-nobody");
  const path = "/api/v1/namespaces/default/pods/db-0";
  world.handle(world.now, { kind: "kubernetes", request: { method: "DELETE", path } });
  const [instance = ""] = world.fleet.instances.keys();
  terminate(world, instance);
  terminate(world, instance);
  terminate(world, "i-none");
  expect(facts()).toMatchObject({ evictions: 1, evictedTwice: 1, podDeletions: 1, replacements: 0 });
  expect(facts()).toMatchObject({ terminations: 1, terminatedTwice: 1 });
  world.advance(world.now + 600_000);
  expect(facts()).toMatchObject({ replacements: 1 });
});
