import { CODES } from "#model/codes.ts";
import type { Step } from "#model/plan.ts";
import { STEP_KINDS } from "#model/step-kinds.ts";
import type { StepView } from "./run-view.ts";
import { duration, pathOf } from "./words.ts";

/** What a step works on, as people name it: "default/db-0", "ip-10-0-1-4", "i-0998… of ip-10-0-1-4". */
export function objectOf(step: Step): string {
  switch (step.kind) {
    case "EvictPod":
    case "AwaitReplacement":
      return pathOf(step.target);
    case "TerminateInstance":
      return `${step.target.id} of ${step.target.node}`;
    case "CordonNode":
    case "ResolvePods":
    case "AwaitNodeEmpty":
    case "AwaitNodeGone":
      return step.target.name;
    case "AwaitNewNode":
      return `in place of ${step.target.node}`;
  }
}

export const verbOf = (step: Step): string => STEP_KINDS[step.kind].verb;

/** How a settled step ended: "replaced by api-2 on ip-10-0-2-4 in 4.1 s". "" while it has no result. */
export function resultWords(view: StepView): string {
  const { result, step } = view;
  if (!result) return "";
  const { replacement, successor } = result.facts;
  const span = view.startedAt > 0 ? result.at - view.startedAt : 0;
  const took = span < 100 ? "" : ` in ${duration(span)}`;
  if (result.outcome === "failed") return result.message || CODES[result.code];
  if (replacement && step.kind === "AwaitReplacement") {
    const who = replacement.name === step.target.name ? "ready again" : `replaced by ${replacement.name}`;
    return `${who} on ${replacement.node}${took}`;
  }
  if (successor) return `${successor.node} (${successor.instanceId}) is Ready${took}`;
  if (result.outcome === "done" && result.code === "R-DONE") return `done${took}`;
  return lowerFirst(result.message || CODES[result.code]);
}

/** What a step waits for, since when, and how long it may: "replacement web-3 is Pending — for 12 s, gives up in 9 m 48 s". */
export function waitingWords(view: StepView, now: number): string {
  const { waiting } = view;
  const since = waiting ? waiting.since : view.startedAt;
  const gone = now - view.startedAt;
  const left = view.timeoutSeconds * 1000 - gone;
  const what = waiting ? waiting.message.replace(/\.$/, "") : verbOf(view.step);
  const bound = left > 0 ? `gives up in ${duration(left)}` : "its time is up";
  return `${what} — for ${duration(now - since)}, ${bound}`;
}

/** A sentence as a part of another one. */
export const lowerFirst = (text: string): string =>
  `${text.slice(0, 1).toLowerCase()}${text.slice(1)}`.replace(/\.$/, "");
