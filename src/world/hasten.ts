import type { Scenario, ScenarioGroup, ScenarioWorkload } from "./scenario.ts";
import type { ScenarioActor } from "./scenario-actors.ts";
import { parseDuration } from "./time.ts";
import { defaultTimings, type Timings } from "./timings.ts";

/** How long a machine takes to answer, and what lives by the clock: these stay as they are. */
const kept = [
  "controllerMs",
  "budgetReadyLagMs",
  "budgetLagMs",
  "schedulerMs",
  "schedulerRetryMs",
  "bookmarkMs",
  "pageLifeMs",
] as const satisfies readonly (keyof Timings)[];

/**
 * The same cluster, where instances boot, pods start and stop and nodes are given up `factor` times faster.
 * Its clock runs as ours does: timestamps stay true, and so does everything that is counted in seconds by
 * agreement, such as grace periods, leases and the timeouts of watches.
 */
export function hasten(scenario: Scenario, factor: number): Scenario {
  return {
    ...scenario,
    groups: scenario.groups.map((group) => hastenGroup(group, factor)),
    workloads: scenario.workloads.map((workload) => hastenWorkload(workload, factor)),
    ...(scenario.actors === undefined
      ? {}
      : { actors: scenario.actors.map((actor) => hastenActor(actor, factor)) }),
    timings: hastenTimings({ ...defaultTimings, ...scenario.timings }, factor),
  };
}

function hastenTimings(timings: Timings, factor: number): Timings {
  const names: readonly string[] = kept;
  const entries = Object.entries(timings).map(([name, value]) => [
    name,
    names.includes(name) ? value : shorten(value, factor),
  ]);
  return Object.fromEntries(entries);
}

function shorten(value: number | readonly number[], factor: number): number | readonly number[] {
  return typeof value === "number" ? shortenMs(value, factor) : value.map((one) => shortenMs(one, factor));
}

function shortenMs(milliseconds: number, factor: number): number {
  return milliseconds === 0 ? 0 : Math.max(1, Math.round(milliseconds / factor));
}

function hastenGroup(group: ScenarioGroup, factor: number): ScenarioGroup {
  const { mirrorPodsReady } = group;
  return mirrorPodsReady === undefined
    ? group
    : { ...group, mirrorPodsReady: hastenText(mirrorPodsReady, factor) };
}

function hastenWorkload(workload: ScenarioWorkload, factor: number): ScenarioWorkload {
  const times = (["ready", "stop", "run"] as const).flatMap((name) => {
    const value = workload[name];
    return value === undefined ? [] : [[name, hastenText(value, factor)]];
  });
  return { ...workload, ...Object.fromEntries(times) };
}

/** What actors do comes sooner, too. */
function hastenActor(actor: ScenarioActor, factor: number): ScenarioActor {
  const times = ["at", "every", "unneededFor", "after", "ready"];
  const entries = Object.entries(actor).map(([name, value]) => [
    name,
    times.includes(name) && typeof value === "string" ? hastenText(value, factor) : value,
  ]);
  return Object.fromEntries(entries);
}

/** "3s" → "1500ms" */
function hastenText(text: string, factor: number): string {
  return `${shortenMs(parseDuration(text) ?? 0, factor)}ms`;
}
