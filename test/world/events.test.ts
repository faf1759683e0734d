import { expect, test } from "vitest";
import { Actors } from "#world/actors.ts";
import { buildWorld } from "#world/build-world.ts";
import type { World } from "#world/world.ts";
import { startTime } from "./support.ts";

interface EventParts {
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly involvedObject: { readonly kind: string; readonly name: string };
}

const groups = [{ name: "nodes-a", size: 2, zones: ["eu-west-1a"] }];
const workloads = [{ kind: "Deployment", name: "web", replicas: 1 } as const];

function worldWith(events?: boolean): World {
  const scenario = { name: "events", groups, workloads };
  return buildWorld(scenario, { seed: 5, now: startTime, ...(events === undefined ? {} : { events }) });
}

function eventsOf(world: World): readonly EventParts[] {
  return world.list("events").map((event): EventParts => event as never);
}

test("people read what happened to a Deployment, its ReplicaSet and its pods", () => {
  const world = worldWith();
  expect(eventsOf(world)).toEqual([]);
  new Actors(world).scale("deployments", "default", "web", 2);
  world.advance(world.now + 5000);
  const said = eventsOf(world).map(({ involvedObject, reason }) => `${involvedObject.kind} ${reason}`);
  expect(said.sort()).toEqual([
    "Deployment ScalingReplicaSet",
    "Pod Scheduled",
    "ReplicaSet SuccessfulCreate",
  ]);
  const scaled = eventsOf(world).find(({ reason }) => reason === "ScalingReplicaSet");
  expect(scaled?.message).toMatch(/^Scaled up replica set web-[a-z0-9]+ from 1 to 2$/);
});

test("what is said again is counted, and what is old goes when something new is said", () => {
  const world = worldWith();
  const actors = new Actors(world);
  const name = world.list("nodes")[0]?.metadata.name ?? "";
  for (let round = 0; round < 2; round++) {
    actors.failNode(name);
    world.advance(world.now + 60_000);
    actors.recoverNode(name);
    world.advance(world.now + 60_000);
  }
  const failed = eventsOf(world).filter(({ reason }) => reason === "NodeNotReady");
  expect(failed).toMatchObject([{ count: 2, message: `Node ${name} status is now: NodeNotReady` }]);
  world.advance(world.now + 3_700_000);
  actors.scale("deployments", "default", "web", 2);
  world.advance(world.now + 5000);
  expect(eventsOf(world).map(({ reason }) => reason)).not.toContain("NodeNotReady");
});

test("a world without events goes the same way as one with them", () => {
  const [loud, silent] = [worldWith(), worldWith(false)];
  for (const world of [loud, silent]) {
    new Actors(world).scale("deployments", "default", "web", 5);
    world.advance(world.now + 30_000);
  }
  const podsOf = (world: World): unknown =>
    world.list("pods").map(({ metadata, spec }) => [metadata.name, metadata.uid, spec.nodeName]);
  expect(podsOf(silent)).toEqual(podsOf(loud));
  expect(eventsOf(silent)).toEqual([]);
});
