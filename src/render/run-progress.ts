import type { Code } from "#model/codes.ts";
import type { LaneView, RunView, StepView } from "./run-view.ts";

/** How far a run has come, in numbers that both the live view and the lines say. Milliseconds. */
export interface RunProgress {
  readonly nodes: number;
  readonly nodesSettled: number;
  readonly pods: number;
  readonly podsSettled: number;
  /** null while too little is done to tell. */
  readonly leftMilliseconds: number | null;
}

/** Waits of which nobody can tell when they end: somebody may have to help. */
const OPEN_ENDED: ReadonlySet<Code> = new Set([
  "N-BUDGET",
  "N-OWN-FLOOR",
  "N-REPLACEMENT-PENDING",
  "N-REPLACEMENT-CRASHES",
  "N-LAUNCH-FAILED",
  "N-CONTROL-PLANE",
  "N-UNREACHABLE",
  "N-SERVER-TROUBLE",
]);

/** Below this share of settled steps a forecast would be a guess. */
const ENOUGH = 0.15;

export function progressOf(view: RunView, now: number): RunProgress {
  const nodes = view.lanes.filter(({ lane }) => lane.kind === "node");
  const steps = view.lanes.flatMap((lane) => lane.steps);
  const evictions = steps.filter(({ step }) => step.kind === "EvictPod");
  const awaits = steps.filter(({ step }) => step.kind === "AwaitReplacement");
  const settled = steps.filter(isSettled).length;
  const enough = steps.length > 0 && settled / steps.length >= ENOUGH;
  const spent = now - view.startedAt - view.rested;
  return {
    nodes: nodes.length,
    nodesSettled: nodes.filter(isLaneSettled).length,
    pods: evictions.length,
    podsSettled: awaits.filter(isSettled).length,
    leftMilliseconds: enough && !waitsForHelp(steps) ? (spent / settled) * (steps.length - settled) : null,
  };
}

const waitsForHelp = (steps: readonly StepView[]): boolean =>
  steps.some((step) => isUnderWay(step) && step.waiting !== null && OPEN_ENDED.has(step.waiting.code));

export const isSettled = (step: StepView): boolean =>
  step.result !== null && step.result.outcome !== "failed";

export const isLaneSettled = (lane: LaneView): boolean =>
  lane.stopped !== null || lane.steps.every(isSettled);

export const isUnderWay = (step: StepView): boolean => step.startedAt > 0 && step.result === null;

export const isLaneUnderWay = (lane: LaneView): boolean =>
  !isLaneSettled(lane) && lane.steps.some(({ startedAt, result }) => startedAt > 0 || result !== null);

/** Steps that wait right now, the oldest first. */
export function waitingSteps(view: RunView): readonly StepView[] {
  return view.lanes
    .flatMap((lane) => lane.steps)
    .filter(isUnderWay)
    .toSorted((one, other) => one.startedAt - other.startedAt);
}
