import { checkScenario } from "#world/check-scenario.ts";
import type { Scenario } from "#world/scenario.ts";

/** A cluster of so many lanes: groups lane-0, lane-1, … of two nodes each, in two zones. */
export function lanesScenario(lanes: number): Scenario {
  const zones = ["eu-west-1a", "eu-west-1b"];
  const groups = Array.from({ length: lanes }, (_, index) => ({
    name: `lane-${index}`,
    size: 2,
    max: 4,
    zones,
  }));
  const timings = {
    instanceBootMs: 500,
    nodeJoinMs: 500,
    nodeReadyMs: 500,
    instanceStopMs: 500,
    nodeMonitorGraceMs: 8000,
    cloudLoopMs: 500,
  };
  return checkScenario({
    name: "lanes",
    region: "eu-west-1",
    cluster: "k8s.test",
    groups,
    workloads: [],
    timings,
  });
}
