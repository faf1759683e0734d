import { Actors } from "../actors.ts";
import type { ScenarioActor } from "../scenario-actors.ts";
import type { World } from "../world.ts";
import { startCustomOwner } from "./custom-owner.ts";
import { startClusterAutoscaler, startSpotInterruption } from "./machines.ts";
import { startHorizontalAutoscaler, startHuman } from "./people.ts";

/** The owners whose pods are there from the start: to be called while the world is made. */
export function startOwners(world: World, scripted: readonly ScenarioActor[]): void {
  for (const actor of scripted) if (actor.kind === "customOwner") startCustomOwner(world, actor);
}

/** What the servers' log knows them by. */
const clients: Readonly<Record<ScenarioActor["kind"], string>> = {
  horizontalAutoscaler: "horizontal-pod-autoscaler",
  human: "admin",
  spotInterruption: "aws-node-termination-handler",
  clusterAutoscaler: "cluster-autoscaler",
  customOwner: "operator",
};

/** Everybody else: their times count from now. */
export function startActors(world: World, scripted: readonly ScenarioActor[]): void {
  for (const actor of scripted) {
    const stage = { world, actors: new Actors(world, clients[actor.kind]) };
    switch (actor.kind) {
      case "horizontalAutoscaler":
        startHorizontalAutoscaler(stage, actor);
        break;
      case "human":
        startHuman(stage, actor);
        break;
      case "spotInterruption":
        startSpotInterruption(stage, actor);
        break;
      case "clusterAutoscaler":
        startClusterAutoscaler(stage, actor);
        break;
      case "customOwner":
        break;
    }
  }
}
