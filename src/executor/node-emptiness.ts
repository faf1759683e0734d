import type { Pod } from "#model/objects.ts";
import type { NodeLane, PlanContent } from "#model/plan.ts";
import type { WaitReason } from "#model/run.ts";
import { judgePod } from "#rules/judge-pod.ts";
import { readPods } from "./handlers/resolve-pods.ts";
import { judgeArrivals } from "./judge-arrivals.ts";
import { failed, type HandlerEnd, laneStopped, type StepContext } from "./step-context.ts";

export type Emptiness =
  | { readonly kind: "empty" }
  /** command: shows the first of the pods that are left. */
  | { readonly kind: "waiting"; readonly reason: WaitReason; readonly command: string }
  /** Only pods that terminate past their grace on a node that is not Ready: nothing more will happen. */
  | { readonly kind: "stuck"; readonly message: string }
  | { readonly kind: "ended"; readonly end: HandlerEnd };

/** At the latest this long after its grace a living kubelet has stopped a pod, and after an outage it is heard again. */
const STUCK_AFTER_SECONDS = 30;

/**
 * Is the node free of every pod that could move? By a quorum read, because what follows is the end
 * of the instance. Pods that came late become discovered steps, within the plan's bound.
 */
export async function judgeEmptiness(lane: NodeLane, context: StepContext): Promise<Emptiness> {
  const pods = await readPods(lane, context);
  const arrivals = judgeArrivals(lane, pods, context);
  if (arrivals.kind === "stop") return { kind: "ended", end: laneStopped(arrivals.code, arrivals.message) };
  if (arrivals.records.length > 0) {
    await context.commit(arrivals.records);
    return { kind: "ended", end: { kind: "again" } };
  }
  const left = pods.filter((pod) => isAwaited(pod, context));
  if (left.length === 0) return { kind: "empty" };
  const names = left.map((pod) => `${pod.namespace}/${pod.name}`).sort();
  // Each is asked, so that the clock of each runs.
  if (left.filter((pod) => isStuck(pod, context)).length === left.length) {
    return {
      kind: "stuck",
      message: `${lane.node} is not Ready and its pods do not stop: ${names.join(", ")}`,
    };
  }
  return {
    kind: "waiting",
    reason: { code: "N-PODS-LEFT", message: `still stopping on ${lane.node}: ${stopping(left)}` },
    command: `kubectl describe pod ${left[0]?.name} --namespace ${left[0]?.namespace}`,
  };
}

/**
 * The node's object is gone: what ran on it may still run until its grace is over, or until the API
 * server's collector removes pods without a node. null: nothing is left.
 */
export async function judgeOrphans(
  lane: NodeLane,
  context: StepContext,
): Promise<Extract<Emptiness, { kind: "waiting" }> | null> {
  const left = (await readPods(lane, context)).filter((pod) => isAwaited(pod, context));
  if (left.length === 0) return null;
  const message = `node ${lane.node} is gone, its pods are not yet: ${stopping(left)}`;
  return {
    kind: "waiting",
    reason: { code: "N-PODS-LEFT", message },
    command: `kubectl describe pod ${left[0]?.name} --namespace ${left[0]?.namespace}`,
  };
}

/**
 * Terminating past its grace on a node that is not Ready: as long as that lasts, it does not go. After
 * an outage of the API server every node is seen not Ready for a moment, until its kubelet is heard again.
 */
export function isStuck(pod: Pod, context: StepContext): boolean {
  const node = context.live.snapshot.node(pod.nodeName);
  const isPast = isPastGrace(pod, context);
  const notReadySeconds = node ? context.ages.notReadyFor(node) : 0;
  return isPast && notReadySeconds > STUCK_AFTER_SECONDS;
}

/** The spec gives pods up that cannot stop, together with their node's instance. */
export function goesWithItsPods(content: PlanContent): boolean {
  return content.spec.nodes.unreachable === "terminate" && content.spec.replace.mode === "terminate";
}

export function podsStuck(message: string): HandlerEnd {
  return failed("E-POD-STUCK", `${message}; the spec decides with nodes.unreachable: stop | terminate`);
}

function isAwaited(pod: Pod, context: StepContext): boolean {
  const verdict = judgePod(pod, {
    snapshot: context.live.snapshot,
    spec: context.content.spec,
    scope: "node",
  });
  return verdict.kind !== "stay" || verdict.awaited;
}

function isPastGrace(pod: Pod, context: StepContext): boolean {
  // On our own clock, since it was first seen so: the server's stamp may be of another time than ours.
  const asked = context.content.spec.pods.gracePeriodSeconds ?? pod.gracePeriodSeconds;
  const grace = Math.max(asked, pod.gracePeriodSeconds);
  return context.ages.terminatingFor(pod) > grace + STUCK_AFTER_SECONDS;
}

function stopping(pods: readonly Pod[]): string {
  const shown = pods.slice(0, 3).map((pod) => {
    const finalizers = pod.finalizers.length > 0 ? `, finalizer ${pod.finalizers.join(", ")}` : "";
    return `${pod.namespace}/${pod.name}${finalizers}`;
  });
  const more = pods.length > shown.length ? ` and ${pods.length - shown.length} more` : "";
  return shown.join("; ") + more;
}
