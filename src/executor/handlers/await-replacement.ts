import type { AwaitReplacementStep } from "#model/plan.ts";
import { judgeReplacement, type ReplacementAnswer } from "#rules/replaced.ts";
import { isLeftToNewNode } from "../behind-new-node.ts";
import { goesWithItsPods, isStuck, podsStuck } from "../node-emptiness.ts";
import { type RunState, stepsOfLane } from "../run-state.ts";
import { failed, type HandlerEnd, invariant, type StepContext, settled } from "../step-context.ts";
import { type Look, waitFor } from "../wait.ts";

/** Results of an eviction that took nothing from the workload. */
const NOTHING_TAKEN: ReadonlySet<string> = new Set(["R-FINISHED-POD", "R-POD-MOVED", "R-NODE-RENEWED"]);

type Settled = Extract<ReplacementAnswer, { kind: "settled" }>;

/** Waits until the workload has got back what the eviction took. Has no side effect. */
export async function awaitReplacement(
  step: AwaitReplacementStep,
  context: StepContext,
): Promise<HandlerEnd> {
  const eviction = evictionOf(step, context.state(), context);
  invariant(eviction !== undefined, "a replacement is awaited only after its eviction is settled");
  if (NOTHING_TAKEN.has(eviction.code)) return settled("satisfied", eviction.code, eviction.message);
  let last = "";
  const answer = await waitFor(context, (): Look<Settled | "stuck" | "left"> => {
    const judged = judgeStep(step, context);
    if (judged.kind === "settled") return { kind: "settled", value: judged };
    last = judged.reason.message;
    if (isHeldUp(step, context)) return { kind: "settled", value: "stuck" };
    if (isLeftToNewNode(step, context)) return { kind: "settled", value: "left" };
    return judged;
  });
  if (!answer) return timedOut(step, last, context);
  if (answer === "stuck") return stuck(step, context);
  if (answer === "left")
    return settled("satisfied", "R-AWAITS-NODE", `${last}; it is awaited behind the new node`);
  const { replacement } = answer;
  const facts = replacement
    ? { replacement: { name: replacement.name, uid: replacement.uid, node: replacement.nodeName } }
    : {};
  return settled(answer.code === "R-REPLACED" ? "done" : "satisfied", answer.code, answer.message, facts);
}

/** Has the workload got back what this step's eviction took? */
export function judgeStep(step: AwaitReplacementStep, context: StepContext): ReplacementAnswer {
  return judgeReplacement({
    snapshot: context.live.snapshot,
    victim: step.target,
    owner: step.owner,
    availableBefore: evictionOf(step, context.state(), context)?.facts.availableBefore ?? null,
    stableForSeconds: step.params.stableForSeconds,
    readyForSeconds: (pod) => context.ages.of(pod),
  });
}

/** A StatefulSet's next pod comes only when the old one is gone, which on a dead node it never is. */
function isHeldUp(step: AwaitReplacementStep, context: StepContext): boolean {
  if (step.owner?.kind !== "StatefulSet" || !step.lane.startsWith("node/")) return false;
  const victim = context.live.snapshot.podByUid(step.target.uid);
  return victim !== undefined && isStuck(victim, context);
}

function stuck(step: AwaitReplacementStep, context: StepContext): HandlerEnd {
  const { namespace, name, node } = step.target;
  const text = `${node} is not Ready and ${namespace}/${name} does not stop`;
  if (!goesWithItsPods(context.content)) return podsStuck(text);
  return settled("satisfied", "R-STUCK-POD", `${text}; its replacement is awaited behind the new node`);
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
