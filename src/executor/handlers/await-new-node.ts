import type { ScalingActivity, ScalingGroup } from "#model/objects.ts";
import type { AwaitNewNodeStep } from "#model/plan.ts";
import { nodeStepId } from "#rules/step-ids.ts";
import { judgeSuccessor, type SuccessorAnswer } from "#rules/successor.ts";
import { handedOver } from "../behind-new-node.ts";
import { plannedStepsOfLane } from "../run-state.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  nodeLaneOf,
  type StepContext,
  settled,
} from "../step-context.ts";
import { changeOrTime, remaining } from "../wait.ts";
import { judgeStep } from "./await-replacement.ts";

const POLL_MILLISECONDS = 5_000;

/** Waits until the group has brought the successor and its node is Ready. Has no side effect. */
export async function awaitNewNode(step: AwaitNewNodeStep, context: StepContext): Promise<HandlerEnd> {
  const reader = new GroupReader(step.target.group, context);
  const surely = new SecondLook();
  let last = "";
  for (;;) {
    const version = context.live.version;
    const group = await reader.group();
    const found = group
      ? judgeWhole(step, group, await reader.activities(), context)
      : missingGroup(step.target.group);
    const answer = surely.judge(found, reader.readAt);
    if (answer.kind === "settled") {
      const facts = answer.successor ? { successor: answer.successor } : {};
      return settled(answer.code === "R-NEW-NODE" ? "done" : "satisfied", answer.code, answer.message, facts);
    }
    last = answer.reason.message;
    context.wait(answer.reason);
    if (remaining(context) <= 0) {
      const command = `aws autoscaling describe-scaling-activities --auto-scaling-group-name ${step.target.group}`;
      return failed(
        "E-NODE-TIMEOUT",
        `no new node for ${step.target.node} within ${step.timeoutSeconds} s: ${last}; see: ${command}, and: kubectl get nodes`,
      );
    }
    await changeOrTime(context, version, Math.min(remaining(context), POLL_MILLISECONDS));
  }
}

/** One answer may be an old one: "no successor is due" counts only where the next answer says so, too. */
class SecondLook {
  #first: number | null = null;

  judge(answer: SuccessorAnswer, readAt: number): SuccessorAnswer {
    if (answer.kind === "waiting" || answer.successor !== null) {
      this.#first = null;
      return answer;
    }
    this.#first ??= readAt;
    if (this.#first !== readAt) return answer;
    const message = `${answer.message}: reading it again`;
    return { kind: "waiting", reason: { code: "N-AWAITING-INSTANCE", message } };
  }
}

const missingGroup = (name: string): SuccessorAnswer => ({
  kind: "waiting",
  reason: { code: "N-AWAITING-INSTANCE", message: `AWS does not list group ${name}: reading it again` },
});

/** The successor, and behind it the pods that could not stop on the old node or have no other place. */
function judgeWhole(...question: Parameters<typeof judge>): SuccessorAnswer {
  const answer = judge(...question);
  if (answer.kind === "waiting") return answer;
  const [step, , , context] = question;
  for (const other of handedOver(step.lane, context)) {
    const replacement = judgeStep(other, context);
    if (replacement.kind === "waiting") return replacement;
  }
  return answer;
}

function judge(
  step: AwaitNewNodeStep,
  group: ScalingGroup,
  activities: readonly ScalingActivity[],
  context: StepContext,
): SuccessorAnswer {
  const terminate = plannedStepsOfLane(context.content, step.lane).find(
    (one) => one.kind === "TerminateInstance",
  );
  const intent = terminate && context.state().intents.get(terminate.id);
  invariant(intent?.kind === "TerminateInstance", "the group was recorded before the instance ended");
  return judgeSuccessor({
    snapshot: context.live.snapshot,
    group,
    activities,
    before: intent,
    terminatedInstance: step.target.id,
    oldNodeUid: nodeLaneOf(context.content, step)?.nodeUid ?? "",
    claimed: claimedInstances(step, context),
    stableForSeconds: step.params.stableForSeconds,
    readyForSeconds: (node) => context.ages.of(node),
    mirrorPods: step.params.mirrorPods,
  });
}

/** Instances that other steps of the run have taken for their successor. */
function claimedInstances(step: AwaitNewNodeStep, context: StepContext): ReadonlySet<string> {
  const claimed = new Set<string>();
  const { results } = context.state();
  for (const lane of context.content.lanes) {
    const id = nodeStepId(lane.id, "new-node");
    const successor = id === step.id ? undefined : results.get(id)?.facts.successor;
    if (successor) claimed.add(successor.instanceId);
  }
  return claimed;
}

/** Reads the group and its activities every few seconds, however often the view changes. */
class GroupReader {
  readonly #name: string;
  readonly #context: StepContext;
  #group: { readonly at: number; readonly value: ScalingGroup | undefined } | null = null;
  #activities: { readonly at: number; readonly value: readonly ScalingActivity[] } | null = null;

  constructor(name: string, context: StepContext) {
    this.#name = name;
    this.#context = context;
  }

  /** When the group was last read, on clock.monotonic(). */
  get readAt(): number {
    return this.#group?.at ?? 0;
  }

  async group(): Promise<ScalingGroup | undefined> {
    const { scaling, clock, halt } = this.#context;
    invariant(scaling !== null, "a plan with an AwaitNewNode step has a scaling port");
    const now = clock.monotonic();
    if (this.#group && now - this.#group.at < POLL_MILLISECONDS) return this.#group.value;
    const value = (await scaling.readGroups([this.#name], halt)).find((one) => one.name === this.#name);
    this.#group = { at: now, value };
    return value;
  }

  async activities(): Promise<readonly ScalingActivity[]> {
    const { scaling, clock, halt } = this.#context;
    invariant(scaling !== null, "a plan with an AwaitNewNode step has a scaling port");
    const now = clock.monotonic();
    if (this.#activities && now - this.#activities.at < POLL_MILLISECONDS) return this.#activities.value;
    this.#activities = { at: now, value: await scaling.readActivities(this.#name, halt) };
    return this.#activities.value;
  }
}
