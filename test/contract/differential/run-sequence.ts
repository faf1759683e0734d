import { applyOperation } from "./apply-operation.ts";
import type { Lane } from "./lane.ts";
import { learnAll, namesOf } from "./names.ts";
import { normaliseAnswer, normaliseState } from "./normalise.ts";
import type { Operation, Sequence } from "./operation.ts";
import { readLane, unsettled } from "./read-lane.ts";

/** One step of a sequence as one world took it, in comparable form. */
export interface Step {
  readonly operation: Operation;
  /** The answer; after "settle" the state of the lane. */
  readonly seen: unknown;
}

/** Longer than a node takes to be replaced and its pods to be collected. */
const settleSeconds = 100;
const pollMs = 400;
/** So long nothing has changed. */
const quietMs = 1200;

export async function runSequence(lane: Lane, { operations }: Sequence): Promise<readonly Step[]> {
  const steps: Step[] = [];
  for (const operation of [...operations, { kind: "settle" } as const]) {
    const answer = await applyOperation(lane, operation);
    const seen = operation.kind === "settle" ? await settle(lane) : normaliseAnswer(answer, namesOf(lane));
    steps.push({ operation, seen });
  }
  return steps;
}

/** The lane's state once it is settled and quiet; where it never is, with the reason beside it. */
export async function settle(lane: Lane): Promise<unknown> {
  const { clock, patience } = lane.subject;
  const deadline = clock.monotonic() + settleSeconds * 1000 * patience;
  let last = "";
  let since = clock.monotonic();
  for (;;) {
    const raw = await readLane(lane);
    learnAll(lane, raw);
    const state = normaliseState(raw, namesOf(lane));
    const text = JSON.stringify(state);
    const why = unsettled(raw, lane);
    const now = clock.monotonic();
    if (text !== last || why !== undefined) since = now;
    last = text;
    if (now - since >= quietMs) return state;
    if (now > deadline) return { ...state, unsettled: why ?? "it never stands still" };
    await clock.sleep(pollMs);
  }
}
