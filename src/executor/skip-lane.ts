import type { Code } from "#model/codes.ts";
import type { PlanContent, Step } from "#model/plan.ts";
import type { RunRecord } from "#model/run.ts";
import { judgeNode, type NodeDrift } from "#rules/drift.ts";
import { isSettled, type RunState, stepsOfLane } from "./run-state.ts";
import { type HandlerEnd, nodeLaneOf, type StepContext, settled } from "./step-context.ts";

/** The planned node is not there, or not wanted, any more: all that is left of its lane is over. */
export async function skipLane(
  step: Step,
  why: { readonly code: Code; readonly message: string },
  context: StepContext,
): Promise<HandlerEnd> {
  const outcome = why.code === "R-NODE-EXCLUDED" ? "skipped" : "satisfied";
  const state = context.state();
  const records = awaitsFirst(stepsOfLane(context.content, state, step.lane))
    .filter((other) => other.id !== step.id && !isSettled(state, other.id))
    .map((other): RunRecord => ({ kind: "StepResult", step: other.id, outcome, ...why, facts: {} }));
  await context.commit(records);
  return settled(outcome, why.code, why.message);
}

/**
 * A batch of records may be cut off in its middle by a crash. A pod that counts as evicted and is still
 * awaited would hold up all others; one that is not awaited any more does not.
 */
const awaitsFirst = (steps: readonly Step[]): readonly Step[] => [
  ...steps.filter((step) => step.kind === "AwaitReplacement"),
  ...steps.filter((step) => step.kind !== "AwaitReplacement"),
];

/**
 * The target's exclude selector matches the node since its drain began: it goes no further. What was
 * evicted is still waited for; then the cordon is taken back.
 */
export async function skipExcluded(step: Step, context: StepContext): Promise<HandlerEnd | null> {
  const drift = exclusion(step, context);
  if (!drift) return null;
  const state = context.state();
  const steps = stepsOfLane(context.content, state, step.lane);
  const begun = new Set(
    steps.filter((one) => one.kind === "EvictPod" && state.intents.has(one.id)).map((one) => one.id),
  );
  const isOver = (one: Step): boolean =>
    one.id === step.id ||
    isSettled(state, one.id) ||
    begun.has(one.id) ||
    one.needs.some((id) => begun.has(id));
  const records = awaitsFirst(steps)
    .filter(
      (one) =>
        !isOver(one) ||
        (one.kind === "AwaitReplacement" && one.needs.includes(step.id) && !isSettled(state, one.id)),
    )
    .map((one): RunRecord => ({ kind: "StepResult", step: one.id, outcome: "skipped", ...drift, facts: {} }));
  await context.commit(records);
  return settled("skipped", drift.code, drift.message);
}

/** Was the lane skipped for that after its cordon, and is nothing of it left to wait for? */
export function isOverAsExcluded(content: PlanContent, state: RunState, lane: string): boolean {
  const steps = stepsOfLane(content, state, lane);
  const isExcluded = steps.some((one) => state.results.get(one.id)?.code === "R-NODE-EXCLUDED");
  return isExcluded && steps.every((one) => isSettled(state, one.id));
}

/** By the view alone. */
export const isExcludedNow = (step: Step, context: StepContext): boolean => exclusion(step, context) !== null;

function exclusion(step: Step, context: StepContext): NodeDrift {
  const lane = nodeLaneOf(context.content, step);
  const drift = lane && judgeNode(context.content, lane, context.live.snapshot.node(lane.node));
  return drift?.code === "R-NODE-EXCLUDED" ? drift : null;
}
