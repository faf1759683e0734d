import type { Code } from "#model/codes.ts";
import type { Pod } from "#model/objects.ts";
import type { EvictPodStep, NodeLane, ResolvePodsStep } from "#model/plan.ts";
import type { RunRecord } from "#model/run.ts";
import { evictSteps, judgeArrivals } from "../judge-arrivals.ts";
import { knowClaims } from "../know-claims.ts";
import { isSettled, stepsOfLane } from "../run-state.ts";
import { skipLane } from "../skip-lane.ts";
import {
  type HandlerEnd,
  invariant,
  laneStopped,
  nodeLaneOf,
  renewed,
  type StepContext,
  settled,
  uncordonedByOthers,
} from "../step-context.ts";
import { catchUp } from "../wait.ts";

/** Right after the cordon: which of the planned pods are still here, and which others are. */
export async function resolvePods(step: ResolvePodsStep, context: StepContext): Promise<HandlerEnd> {
  const lane = nodeLaneOf(context.content, step);
  invariant(lane !== null, "a ResolvePods step stands in a node lane");
  const pods = await readPods(lane, context);
  const node = context.live.snapshot.node(lane.node);
  if (node && node.uid !== lane.nodeUid) return skipLane(step, renewed(lane, node), context);
  if (node && !node.unschedulable) return uncordonedByOthers(lane.node);
  const arrivals = judgeArrivals(lane, pods, context);
  if (arrivals.kind === "stop") return laneStopped(arrivals.code, arrivals.message);
  const satisfied = satisfiedPods(lane, pods, context);
  await context.commit([...satisfied, ...arrivals.records]);
  const text = `${satisfied.length / 2} planned pods are gone already, ${arrivals.records.length} came`;
  return settled("done", "R-DONE", text);
}

/** A quorum read of the node's pods, and the live view brought up to it. */
export async function readPods(lane: NodeLane, context: StepContext): Promise<readonly Pod[]> {
  const { pods, resourceVersion } = await context.cluster.readPodsOnNode(lane.node, context.halt);
  await catchUp(context, "pods", resourceVersion);
  await knowClaims(pods, context);
  return pods;
}

/** A planned pod that is gone, elsewhere, renewed or finished needs nothing; its namesake is not touched. */
function satisfiedPods(lane: NodeLane, pods: readonly Pod[], context: StepContext): readonly RunRecord[] {
  const state = context.state();
  const here = new Map(pods.map((pod) => [pod.uid, pod]));
  const steps = stepsOfLane(context.content, state, lane.id);
  const records: RunRecord[] = [];
  for (const step of evictSteps(steps)) {
    if (isSettled(state, step.id) || state.intents.has(step.id)) continue;
    const why = whySatisfied(step, here.get(step.target.uid), context);
    if (!why) continue;
    const await_ = steps.find((other) => other.kind === "AwaitReplacement" && other.needs.includes(step.id));
    // In this order: a batch that a crash cuts off in its middle leaves no pod that is only awaited.
    for (const id of await_ ? [await_.id, step.id] : [step.id]) {
      records.push({ kind: "StepResult", step: id, outcome: "satisfied", ...why, facts: {} });
    }
  }
  return records;
}

function whySatisfied(
  step: EvictPodStep,
  pod: Pod | undefined,
  context: StepContext,
): { readonly code: Code; readonly message: string } | null {
  const { namespace, name, uid } = step.target;
  if (pod) {
    const finished = pod.phase === "Succeeded" || pod.phase === "Failed";
    return finished ? { code: "R-FINISHED-POD", message: `${name} has finished` } : null;
  }
  const namesake = context.live.snapshot.pod(namespace, name);
  if (!namesake || namesake.uid === uid) return { code: "R-POD-GONE", message: `${name} is gone` };
  if (namesake.nodeName !== step.target.node) {
    return { code: "R-POD-MOVED", message: `${name} is on ${namesake.nodeName || "no node yet"} now` };
  }
  return { code: "R-POD-RENEWED", message: `another pod is called ${name} now` };
}
