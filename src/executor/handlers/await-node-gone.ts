import type { AwaitNodeGoneStep } from "#model/plan.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  nodeLaneOf,
  type StepContext,
  settled,
} from "../step-context.ts";
import { changeOrTime, remaining } from "../wait.ts";

const POLL_MILLISECONDS = 10_000;
/** An ended instance's node turns NotReady within the monitor's grace; one that is Ready longer than this lives. */
const CAME_BACK_AFTER_MILLISECONDS = 180_000;

/**
 * Waits until the old Node object is gone. It is never deleted by dextre: if a new instance inherited
 * it by its name, a person has to decide.
 */
export async function awaitNodeGone(step: AwaitNodeGoneStep, context: StepContext): Promise<HandlerEnd> {
  let seenDown = false;
  let endedAt: number | null = null;
  let readAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const version = context.live.version;
    const node = context.live.snapshot.node(step.target.name);
    if (!node || node.uid !== step.target.uid)
      return settled("done", "R-DONE", `node ${step.target.name} is gone`);
    const now = context.clock.monotonic();
    if (endedAt === null && now - readAt >= POLL_MILLISECONDS) {
      readAt = now;
      if (await isInstanceEnded(step, context)) endedAt = now;
    }
    seenDown ||= node.ready !== "True";
    const tooLong = endedAt !== null && now - endedAt > CAME_BACK_AFTER_MILLISECONDS;
    if (endedAt !== null && node.ready === "True" && (seenDown || tooLong)) {
      const end = await cameBack(step, context);
      if (end) return end;
    }
    context.wait({
      code: endedAt === null ? "N-INSTANCE-STOPPING" : "N-NODE-OBJECT",
      message:
        endedAt === null
          ? `instance ${step.target.instanceId} is ending`
          : `instance ${step.target.instanceId} has ended, node ${step.target.name} is still listed (${readiness(node.ready)})`,
    });
    if (remaining(context) <= 0) {
      return failed(
        "E-NODE-TIMEOUT",
        `node ${step.target.name} is still there after ${step.timeoutSeconds} s`,
      );
    }
    await changeOrTime(context, version, Math.min(remaining(context), POLL_MILLISECONDS));
  }
}

async function isInstanceEnded(step: AwaitNodeGoneStep, context: StepContext): Promise<boolean> {
  const lane = nodeLaneOf(context.content, step);
  const name = context.content.observed.nodes.find((node) => node.uid === lane?.nodeUid)?.group;
  invariant(context.scaling !== null && name !== undefined, "a node that goes has its instance in a group");
  const groups = await context.scaling.readGroups([name], context.halt);
  return !groups.some((group) => group.instances.some((one) => one.id === step.target.instanceId));
}

const readiness = (ready: string): string => (ready === "True" ? "Ready" : "not Ready");

/**
 * Is it the old instance after all that is Ready? Then its node is not to be deleted. null: it is not
 * Ready, or gone: whoever stood still for minutes has a view of before.
 */
async function cameBack(step: AwaitNodeGoneStep, context: StepContext): Promise<HandlerEnd | null> {
  const { name, uid, instanceId } = step.target;
  const node = await context.cluster.readNode(name, context.halt);
  if (node?.uid !== uid || node.ready !== "True") return null;
  if (await context.scaling?.isInstanceAlive(instanceId, context.halt)) {
    const text = `instance ${instanceId} of ${name} left its group without ending, and its node is Ready: somebody detached it; end it yourself, then resume, or abort the run`;
    return failed("E-NODE-CAME-BACK", text);
  }
  return failed(
    "E-NODE-CAME-BACK",
    `node ${step.target.name} is Ready again although instance ${step.target.instanceId} has ended: a new instance inherited its name, its cordon and its old providerID. Remove it, so that it registers anew, with: kubectl delete node ${step.target.name}`,
  );
}
