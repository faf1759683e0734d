import type { TerminateAnswer } from "#gateway/ports.ts";
import type { GroupInstance, ScalingGroup } from "#model/objects.ts";
import type { TerminateInstanceStep } from "#model/plan.ts";
import type { Intent } from "#model/run.ts";
import { judgeGroups } from "#rules/drift.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { lookAtControlPlane } from "../control-plane.ts";
import {
  type Emptiness,
  goesWithItsPods,
  judgeEmptiness,
  judgeOrphans,
  podsStuck,
} from "../node-emptiness.ts";
import { skipExcluded, skipLane } from "../skip-lane.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  laneStopped,
  nodeLaneOf,
  renewed,
  type StepContext,
  settled,
  uncordonedByOthers,
} from "../step-context.ts";
import { catchUp, changeOrTime, pause, remaining } from "../wait.ts";

const BUSY_PAUSE_MILLISECONDS = 5_000;
/** Describe may lag: after a call whose fate is unknown this many reads, so far apart, have to agree. */
const AGREEING_READS = 3;

type TerminateIntent = Extract<Intent, { kind: "TerminateInstance" }>;

/**
 * Ends the instance without decrement, so that its group launches the successor. Sent once; after
 * any doubt the group is read before anything else is decided. Whether AWS counts a repeated call
 * twice is not known, so the worse is assumed.
 */
export async function terminateInstance(
  step: TerminateInstanceStep,
  context: StepContext,
): Promise<HandlerEnd> {
  const { scaling } = context;
  invariant(scaling !== null, "a plan with a TerminateInstance step has a scaling port");
  for (;;) {
    const group = await readGroupSurely(step, context);
    if (!group) return laneStopped("E-GROUP-UNKNOWN", `group ${step.target.group} is gone`);
    const instance = group.instances.find((one) => one.id === step.target.id);
    if (!instance || instance.lifecycle.startsWith("Terminat")) return alreadyEnding(step, group, context);
    if (context.state().intents.has(step.id)) {
      const doubt = await settleDoubt(step, context);
      if (doubt) return doubt;
    }
    const hold = (await whyNotYet(step, context)) ?? whyNotThis(instance, group, context);
    if (hold) {
      if (hold === "waited") continue;
      return hold;
    }
    const answer = await send(step, group, context);
    const end = answer && (await react(answer, step, context));
    if (end) return end;
    if (remaining(context) <= 0)
      return failed("E-NODE-TIMEOUT", `${step.target.id} could not be terminated in time`);
  }
}

async function readGroup(
  step: TerminateInstanceStep,
  context: StepContext,
): Promise<ScalingGroup | undefined> {
  const groups = await context.scaling?.readGroups([step.target.group], context.halt);
  return groups?.find((group) => group.name === step.target.group);
}

/** One answer without the group or the instance may be an old one: it counts if the next one agrees. */
async function readGroupSurely(
  step: TerminateInstanceStep,
  context: StepContext,
): Promise<ScalingGroup | undefined> {
  const group = await readGroup(step, context);
  if (group?.instances.some((one) => one.id === step.target.id)) return group;
  context.wait({
    code: "N-INSTANCE-STOPPING",
    message: `${step.target.id} is not in group ${step.target.group}: reading it again`,
  });
  await pause(context, BUSY_PAUSE_MILLISECONDS);
  return readGroup(step, context);
}

/** Out of its group but running: somebody detached it. Its node lives, and is not ours to end. */
async function whyAlive(step: TerminateInstanceStep, context: StepContext): Promise<HandlerEnd | null> {
  if (!(await context.scaling?.isInstanceAlive(step.target.id, context.halt))) return null;
  const text = `instance ${step.target.id} of ${step.target.node} is in group ${step.target.group} no more, but runs: somebody detached it; attach it again and resume, or abort the run, which uncordons the node`;
  return laneStopped("E-TERMINATE-REFUSED", text);
}

/** Ended by us before a crash, or by somebody else: no call, and the same wait for the successor. */
async function alreadyEnding(
  step: TerminateInstanceStep,
  group: ScalingGroup,
  context: StepContext,
): Promise<HandlerEnd> {
  if (!group.instances.some((one) => one.id === step.target.id)) {
    const alive = await whyAlive(step, context);
    if (alive) return alive;
  }
  if (context.state().intents.has(step.id)) {
    return settled("done", "R-DONE", `instance ${step.target.id} is ending`);
  }
  await context.commit([{ kind: "StepIntent", step: step.id, intent: intentOf(step, group) }]);
  return settled("satisfied", "R-ALREADY-SO", `instance ${step.target.id} was ended by somebody else`);
}

function intentOf(step: TerminateInstanceStep, group: ScalingGroup): TerminateIntent {
  const { desired, min, max } = group;
  const instanceIds = group.instances
    .filter((instance) => !instance.lifecycle.startsWith("Terminat"))
    .map((instance) => instance.id);
  return {
    kind: "TerminateInstance",
    instanceId: step.target.id,
    group: group.name,
    desired,
    min,
    max,
    instanceIds,
  };
}

/**
 * An intent without a result: did the call arrive? null: it surely did not, send it. A desired
 * count that differs tells nothing: this call never changes it, others do.
 */
async function settleDoubt(step: TerminateInstanceStep, context: StepContext): Promise<HandlerEnd | null> {
  for (let read = 1; ; read += 1) {
    const group = await readGroup(step, context);
    const instance = group?.instances.find((one) => one.id === step.target.id);
    const alive = instance ? null : await whyAlive(step, context);
    if (alive) return alive;
    if (!instance || instance.lifecycle.startsWith("Terminat")) {
      return settled("done", "R-DONE", `instance ${step.target.id} is ending`);
    }
    if (read >= AGREEING_READS) return null;
    context.wait({
      code: "N-INSTANCE-STOPPING",
      message: `was ${step.target.id} terminated before the stop? reading its group again`,
    });
    if (!(await pause(context, BUSY_PAUSE_MILLISECONDS)))
      return failed("E-NODE-TIMEOUT", `${step.target.id}: no time left`);
  }
}

/** The last look at the node before its instance ends. null: it is empty. */
async function whyNotYet(
  step: TerminateInstanceStep,
  context: StepContext,
): Promise<HandlerEnd | "waited" | null> {
  const lane = nodeLaneOf(context.content, step);
  invariant(lane !== null, "a TerminateInstance step stands in a node lane");
  const node = await context.cluster.readNode(lane.node, context.halt);
  const { version } = context.live;
  if (!node) return waitedFor(await judgeOrphans(lane, context), version, context);
  if (node.uid !== lane.nodeUid) {
    const why = renewed(lane, node);
    return instanceIdOf(node) === step.target.id ? skipLane(step, why, context) : null;
  }
  await catchUp(context, "nodes", node.resourceVersion);
  const excluded = await skipExcluded(step, context);
  if (excluded) return excluded;
  if (!node.unschedulable) return uncordonedByOthers(lane.node);
  const others = lane.controlPlane ? lookAtControlPlane(lane, "not", context) : null;
  if (others?.kind === "waiting")
    return waitedFor({ ...others, command: "kubectl get nodes" }, version, context);
  const found = await judgeEmptiness(lane, context);
  if (found.kind === "empty") return null;
  if (found.kind === "ended") return found.end;
  if (found.kind === "stuck") return goesWithItsPods(context.content) ? null : podsStuck(found.message);
  return waitedFor(found, version, context);
}

type Waiting = Extract<Emptiness, { kind: "waiting" }>;

/** Until the next change after `version`, of which `found` knows nothing yet. null: there is nothing to wait for. */
async function waitedFor(
  found: Waiting | null,
  version: number,
  context: StepContext,
): Promise<HandlerEnd | "waited" | null> {
  if (!found) return null;
  const { reason, command } = found;
  context.wait(reason);
  if (remaining(context) <= 0) {
    const code = reason.code === "N-PODS-LEFT" ? "E-POD-STUCK" : "E-NODE-TIMEOUT";
    return failed(code, `${reason.message}; see: ${command}`);
  }
  const soon = Math.min(remaining(context), BUSY_PAUSE_MILLISECONDS);
  await changeOrTime(context, version, soon);
  return "waited";
}

function whyNotThis(instance: GroupInstance, group: ScalingGroup, context: StepContext): HandlerEnd | null {
  const hard = judgeGroups(context.content, [group], group.name).find((drift) => drift.class !== "benign");
  if (hard) return laneStopped(hard.code, hard.message);
  if (instance.lifecycle !== "InService") {
    return laneStopped(
      "E-TERMINATE-REFUSED",
      `instance ${instance.id} is ${instance.lifecycle}, not InService`,
    );
  }
  return null;
}

/** null: not sent, because the lock had to be waited for, and meanwhile anything may have changed. */
async function send(
  step: TerminateInstanceStep,
  group: ScalingGroup,
  context: StepContext,
): Promise<TerminateAnswer | null> {
  invariant(context.scaling !== null, "a plan with a TerminateInstance step has a scaling port");
  if (!(await context.writable())) return null;
  await context.commit([{ kind: "StepIntent", step: step.id, intent: intentOf(step, group) }]);
  if (!(await context.writable())) return null;
  return context.scaling.terminate(step.target.id, context.halt);
}

/** null: look again, then decide. */
async function react(
  answer: TerminateAnswer,
  step: TerminateInstanceStep,
  context: StepContext,
): Promise<HandlerEnd | null> {
  switch (answer.kind) {
    case "accepted":
      return settled("done", "R-DONE", `instance ${step.target.id} is ending`);
    case "refused":
      return failed(
        "E-TERMINATE-REFUSED",
        `AWS refuses to terminate ${step.target.id}: ${answer.code}: ${answer.message}`,
      );
    case "busy":
      context.wait({ code: "N-SCALING-BUSY", message: answer.message });
      await pause(context, BUSY_PAUSE_MILLISECONDS);
      return null;
    case "not-found":
    case "unknown":
      context.wait({
        code: "N-SERVER-TROUBLE",
        message: answer.kind === "unknown" ? answer.message : `AWS does not find instance ${step.target.id}`,
      });
      await pause(context, BUSY_PAUSE_MILLISECONDS);
      return null;
  }
}
