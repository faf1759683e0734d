import type { Code } from "#model/codes.ts";
import type { ObjectRef, Pod } from "#model/objects.ts";
import type { AwaitReplacementStep, EvictPodStep, Lane, PodTarget } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import type { PodTier } from "./judge-pod.ts";
import { nodeStepId, podStepId } from "./step-ids.ts";

export interface PodStepsRequest {
  readonly lane: Lane;
  readonly pod: Pod;
  /** Root owner; null for an unmanaged pod. */
  readonly owner: ObjectRef | null;
  readonly tier: PodTier;
  readonly spec: Spec;
  /** Why it moves: R-REGULAR-POD, R-SYSTEM-POD, R-TARGET-POD or R-DISCOVERED-POD. */
  readonly reason: Code;
  /** The verdict's: the replacement is then awaited behind AwaitNewNode, in the node's tier. */
  readonly awaitsNode: boolean;
}

/**
 * The eviction of a pod and the wait for its replacement. In a node's lane the eviction needs the
 * cordon. Timeouts: as the spec says, with the pod's grace period on top, and for the wait the time
 * that the replacement has to stay Ready.
 */
export function podSteps(request: PodStepsRequest): readonly [EvictPodStep, AwaitReplacementStep] {
  return stepsWithSuffix(request, "");
}

/** The same for a pod that the plan does not name; its ids end in "@" and 8 characters of its UID. */
export function discoveredPodSteps(
  request: Omit<PodStepsRequest, "reason">,
): readonly [EvictPodStep, AwaitReplacementStep] {
  return stepsWithSuffix({ ...request, reason: "R-DISCOVERED-POD" }, `@${request.pod.uid.slice(0, 8)}`);
}

function stepsWithSuffix(
  request: PodStepsRequest,
  suffix: string,
): readonly [EvictPodStep, AwaitReplacementStep] {
  const { lane, pod, owner, tier, spec } = request;
  const grace = spec.pods.gracePeriodSeconds ?? pod.gracePeriodSeconds;
  const evict: EvictPodStep = {
    id: podStepId(lane, "evict", pod) + suffix,
    kind: "EvictPod",
    lane: lane.id,
    tier,
    target: podTarget(pod),
    owner,
    needs: lane.kind === "node" ? [nodeStepId(lane.id, "cordon")] : [],
    params: { gracePeriodSeconds: spec.pods.gracePeriodSeconds },
    timeoutSeconds: spec.timeouts.evictionSeconds + grace,
    reason: { code: request.reason },
  };
  const behindNode = request.awaitsNode && lane.kind === "node";
  const awaitReplacement: AwaitReplacementStep = {
    id: podStepId(lane, "await", pod) + suffix,
    kind: "AwaitReplacement",
    lane: lane.id,
    tier: behindNode ? 3 : tier,
    target: podTarget(pod),
    owner,
    needs: behindNode ? [evict.id, nodeStepId(lane.id, "new-node")] : [evict.id],
    params: { stableForSeconds: spec.pods.stableForSeconds },
    timeoutSeconds: spec.timeouts.replacementSeconds + grace + spec.pods.stableForSeconds,
    reason: { code: request.reason },
  };
  return [evict, awaitReplacement];
}

function podTarget(pod: Pod): PodTarget {
  return { kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid, node: pod.nodeName };
}
