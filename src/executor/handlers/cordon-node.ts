import type { Node } from "#model/objects.ts";
import type { CordonNodeStep, NodeLane } from "#model/plan.ts";
import { beforeCordon } from "#rules/cordon.ts";
import { judgeBudgets, judgeGroups, judgeNode } from "#rules/drift.ts";
import { lookAtControlPlane } from "../control-plane.ts";
import { judgeArrivals } from "../judge-arrivals.ts";
import { skipLane } from "../skip-lane.ts";
import {
  failed,
  type HandlerEnd,
  invariant,
  laneStopped,
  nodeLaneOf,
  type StepContext,
  settled,
  uncordonedByOthers,
} from "../step-context.ts";
import { catchUp, pause, waitFor } from "../wait.ts";

/**
 * Cordons the planned node: one patch, guarded by uid and resourceVersion, that carries our marker.
 * Before it: is it still the planned node, does the plan still hold here, and would anything on it
 * stop us anyway?
 */
export async function cordonNode(step: CordonNodeStep, context: StepContext): Promise<HandlerEnd> {
  const lane = nodeLaneOf(context.content, step);
  invariant(lane !== null, "a CordonNode step stands in a node lane");
  let isLookedAt = false;
  for (;;) {
    const node = await context.cluster.readNode(step.target.name, context.halt);
    const drift = judgeNode(context.content, lane, node);
    if (drift || !node) return skipLane(step, drift ?? { code: "R-NODE-GONE", message: "" }, context);
    if (node.cordonMarker?.run === context.run) return ours(node, context);
    if (!isLookedAt) {
      const held = await holdBack(lane, context);
      if (held) return held;
      isLookedAt = true;
      continue;
    }
    const found = await patch(step, node, context);
    if (found === "again") {
      if (!(await pause(context, 1_000)))
        return failed("E-NODE-TIMEOUT", `${node.name} could not be cordoned in time`);
      continue;
    }
    return found;
  }
}

/** Our marker stands: either our patch took effect before a crash, or somebody took the cordon away. */
async function ours(node: Node, context: StepContext): Promise<HandlerEnd> {
  // What follows looks for the cordon in the view: one that lags must not look like an uncordon.
  await catchUp(context, "nodes", node.resourceVersion);
  if (!node.unschedulable) return uncordonedByOthers(node.name);
  const wasUnschedulable = node.cordonMarker?.wasUnschedulable ?? false;
  return settled("done", "R-DONE", `${node.name} is cordoned`, { wasUnschedulable });
}

async function patch(step: CordonNodeStep, node: Node, context: StepContext): Promise<HandlerEnd | "again"> {
  const { drainedBy, ...before } = beforeCordon(node);
  await context.writable();
  await context.commit([
    {
      kind: "StepIntent",
      step: step.id,
      intent: {
        kind: "CordonNode",
        nodeUid: node.uid,
        ...before,
        ...(drainedBy === null ? {} : { drainedBy }),
      },
    },
  ]);
  await context.writable();
  const answer = await context.cluster.cordon(
    {
      node: node.name,
      uid: node.uid,
      resourceVersion: node.resourceVersion,
      run: context.run,
      ...before,
    },
    context.halt,
  );
  switch (answer.kind) {
    case "done":
      await catchUp(context, "nodes", answer.node.resourceVersion);
      return settled("done", "R-DONE", cordonedText(node), {
        wasUnschedulable: before.wasUnschedulable,
      });
    case "forbidden":
      return failed("E-FORBIDDEN", answer.message);
    case "throttled":
      context.wait({ code: "N-THROTTLED", message: "the API server asks to go slower" });
      await pause(context, answer.retryAfterSeconds * 1000);
      return "again";
    case "unknown":
      context.wait({ code: "N-SERVER-TROUBLE", message: answer.message });
      return "again";
    case "conflict":
    case "replaced":
      return "again";
  }
}

function cordonedText(node: Node): string {
  const { wasUnschedulable, drainedBy } = beforeCordon(node);
  if (wasUnschedulable) return `${node.name} was cordoned by somebody else and stays so`;
  return drainedBy === null
    ? `${node.name} is cordoned`
    : `${node.name} is cordoned, as run ${drainedBy} had left it`;
}

/** Everything that is better seen before the first touch of a node than after it. */
async function holdBack(lane: NodeLane, context: StepContext): Promise<HandlerEnd | null> {
  const { content } = context;
  if (lane.controlPlane) {
    const ready = await waitFor(context, () => lookAtControlPlane(lane, "too", context));
    if (ready === null)
      return failed("E-NODE-TIMEOUT", `not all control-plane nodes became Ready before ${lane.node}`);
  }
  const drifts = [...judgeBudgets(content, context.live.snapshot), ...(await groupDrifts(lane, context))];
  const hard = drifts.find(
    (drift) => drift.class !== "benign" && (drift.lane === lane.id || drift.lane === null),
  );
  if (hard) return laneStopped(hard.code, hard.message);
  const pods = [...context.live.snapshot.podsOnNode(lane.node)];
  // Claims are not watched: whatever became of them since the last node is read once for this one.
  if (pods.some((pod) => pod.claims.length > 0)) await context.live.refreshClaims(context.halt);
  const arrivals = judgeArrivals(lane, pods, context);
  return arrivals.kind === "stop" ? laneStopped(arrivals.code, arrivals.message) : null;
}

async function groupDrifts(lane: NodeLane, context: StepContext): Promise<ReturnType<typeof judgeGroups>> {
  const group = context.content.observed.nodes.find((node) => node.uid === lane.nodeUid)?.group;
  if (!context.scaling || !group) return [];
  return judgeGroups(context.content, await context.scaling.readGroups([group], context.halt), group);
}
