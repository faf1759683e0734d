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

/** Everybody else: their times count from now. */
export function startActors(world: World, scripted: readonly ScenarioActor[]): void {
  const stage = { world, actors: new Actors(world) };
  for (const actor of scripted) {
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
