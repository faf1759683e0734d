import type { Code } from "#model/codes.ts";
import type { Step } from "#model/plan.ts";
import type { RunRecord } from "#model/run.ts";
import { isSettled, stepsOfLane } from "./run-state.ts";
import { type HandlerEnd, type StepContext, settled } from "./step-context.ts";

/** The planned node is not there, or not wanted, any more: all that is left of its lane is over. */
export async function skipLane(
  step: Step,
  why: { readonly code: Code; readonly message: string },
  context: StepContext,
): Promise<HandlerEnd> {
  const outcome = why.code === "R-NODE-EXCLUDED" ? "skipped" : "satisfied";
  const state = context.state();
  const records = stepsOfLane(context.content, state, step.lane)
    .filter((other) => other.id !== step.id && !isSettled(state, other.id))
    .map((other): RunRecord => ({ kind: "StepResult", step: other.id, outcome, ...why, facts: {} }));
  await context.commit(records);
  return settled(outcome, why.code, why.message);
}
