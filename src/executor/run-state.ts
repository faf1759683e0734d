import type { Code } from "#model/codes.ts";
import type { EvictPodStep, PlanContent, Step } from "#model/plan.ts";
import type { Intent, Outcome, ResultFacts } from "#model/run.ts";
import { GrowingMap } from "./growing-map.ts";

export type RunPhase = "new" | "running" | "stopped" | "finished" | "aborting" | "aborted";

export interface StepResult {
  readonly outcome: Outcome;
  readonly code: Code;
  readonly message: string;
  readonly facts: ResultFacts;
}

export interface StopReason {
  readonly code: Code;
  readonly message: string;
}

/**
 * All that is known of a run: the fold of its records and nothing else, so that a run that goes on
 * and a run that is taken up again are in the same state.
 */
export interface RunState {
  readonly run: string;
  readonly phase: RunPhase;
  /** The last intent of a step; stays when the step has its result. */
  readonly intents: GrowingMap<Intent>;
  readonly results: GrowingMap<StepResult>;
  /** Lane id → steps of pods that the plan does not name, each with its place. */
  readonly discovered: ReadonlyMap<string, readonly DiscoveredPod[]>;
  readonly stoppedLanes: ReadonlyMap<string, StopReason>;
  /** Why the last process that worked on the run stopped; null while it works or when it is done. */
  readonly stop: (StopReason & { readonly exit: number }) | null;
}

export interface DiscoveredPod {
  readonly before: string | null;
  readonly steps: readonly [EvictPodStep, Step];
}

export const NEW_RUN: RunState = {
  run: "",
  phase: "new",
  intents: GrowingMap.empty(),
  results: GrowingMap.empty(),
  discovered: new Map(),
  stoppedLanes: new Map(),
  stop: null,
};

/** A step is settled once it has a result that no resumed run would try again. */
export function isSettled(state: RunState, step: string): boolean {
  const result = state.results.get(step);
  return result !== undefined && result.outcome !== "failed";
}

const plannedByLane = new WeakMap<PlanContent, ReadonlyMap<string, readonly Step[]>>();

/** The plan's own steps of a lane. Plans never change, so they are sorted into lanes once. */
export function plannedStepsOfLane(content: PlanContent, lane: string): readonly Step[] {
  const known = plannedByLane.get(content);
  if (known) return known.get(lane) ?? [];
  const lanes = new Map<string, Step[]>();
  for (const step of content.steps) {
    const steps = lanes.get(step.lane);
    if (steps) steps.push(step);
    else lanes.set(step.lane, [step]);
  }
  plannedByLane.set(content, lanes);
  return lanes.get(lane) ?? [];
}

/** Steps of a lane in their order, the discovered ones at their place. */
export function stepsOfLane(content: PlanContent, state: RunState, lane: string): readonly Step[] {
  const steps: Step[] = [...plannedStepsOfLane(content, lane)];
  for (const found of state.discovered.get(lane) ?? []) {
    const at = found.before === null ? -1 : steps.findIndex((step) => step.id === found.before);
    if (at < 0) steps.push(...found.steps);
    else steps.splice(at, 0, ...found.steps);
  }
  return steps;
}

/** Names of nodes that carry this run's cordon, as far as the run's own records tell. */
export function cordonedNodes(content: PlanContent, state: RunState): readonly string[] {
  const names: string[] = [];
  for (const step of content.steps) {
    if (step.kind !== "CordonNode") continue;
    const cordoned = state.results.get(step.id)?.outcome === "done" || isCordonInDoubt(state, step.id);
    if (cordoned && !isLaneEndedByTermination(content, state, step.lane)) names.push(step.target.name);
  }
  return names;
}

/** Names of those that were about to be cordoned; what came of it is not on record. */
export function cordonsInDoubt(content: PlanContent, state: RunState): readonly string[] {
  return content.steps.flatMap((step) =>
    step.kind === "CordonNode" && isCordonInDoubt(state, step.id) ? [step.target.name] : [],
  );
}

function isCordonInDoubt(state: RunState, step: string): boolean {
  return state.intents.has(step) && !isSettled(state, step);
}

function isLaneEndedByTermination(content: PlanContent, state: RunState, lane: string): boolean {
  return plannedStepsOfLane(content, lane).some(
    (step) => step.kind === "AwaitNodeGone" && isSettled(state, step.id),
  );
}
