import type { AwaitReplacementStep } from "#model/plan.ts";
import { judgeReplacement, type ReplacementAnswer } from "#rules/replaced.ts";
import { type RunState, stepsOfLane } from "../run-state.ts";
import { failed, type HandlerEnd, invariant, type StepContext, settled } from "../step-context.ts";
import { type Look, waitFor } from "../wait.ts";

/** Results of an eviction that took nothing from the workload. */
const NOTHING_TAKEN: ReadonlySet<string> = new Set(["R-FINISHED-POD", "R-POD-MOVED"]);

type Settled = Extract<ReplacementAnswer, { kind: "settled" }>;

/** Waits until the workload has got back what the eviction took. Has no side effect. */
export async function awaitReplacement(
  step: AwaitReplacementStep,
  context: StepContext,
): Promise<HandlerEnd> {
  const eviction = evictionOf(step, context.state(), context);
  invariant(eviction !== undefined, "a replacement is awaited only after its eviction is settled");
  if (NOTHING_TAKEN.has(eviction.code)) return settled("satisfied", eviction.code, eviction.message);
  const availableBefore = eviction.facts.availableBefore ?? null;
  let last = "";
  const answer = await waitFor(context, (): Look<Settled> => {
    const judged = judgeReplacement({
      snapshot: context.live.snapshot,
      victim: step.target,
      owner: step.owner,
      availableBefore,
      stableForSeconds: step.params.stableForSeconds,
      readyForSeconds: (pod) => context.ages.of(pod),
    });
    if (judged.kind === "settled") return { kind: "settled", value: judged };
    last = judged.reason.message;
    return judged;
  });
  if (!answer) return timedOut(step, last, context);
  const { replacement } = answer;
  const facts = replacement
    ? { replacement: { name: replacement.name, uid: replacement.uid, node: replacement.nodeName } }
    : {};
  return settled(answer.code === "R-REPLACED" ? "done" : "satisfied", answer.code, answer.message, facts);
}

function evictionOf(
  step: AwaitReplacementStep,
  state: RunState,
  context: StepContext,
): ReturnType<RunState["results"]["get"]> {
  const evict = stepsOfLane(context.content, state, step.lane).find(
    (other) => other.kind === "EvictPod" && step.needs.includes(other.id),
  );
  return evict && state.results.get(evict.id);
}

function timedOut(step: AwaitReplacementStep, last: string, context: StepContext): HandlerEnd {
  const cordoned =
    step.lane.startsWith("node/") && context.live.snapshot.node(step.target.node)?.unschedulable;
  const help = cordoned ? `; its old place comes back with: kubectl uncordon ${step.target.node}` : "";
  return failed(
    "E-REPLACEMENT-TIMEOUT",
    `no replacement for ${step.target.namespace}/${step.target.name} within ${step.timeoutSeconds} s: ${last}${help}`,
  );
}
