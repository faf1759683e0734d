import type { Code } from "#model/codes.ts";
import type { ObjectRef, Pod } from "#model/objects.ts";
import type { AwaitReplacementStep, EvictPodStep, PodTarget } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import type { PodTier } from "./judge-pod.ts";
import { nodeStepId, podStepId } from "./step-ids.ts";

export interface PodStepsRequest {
  /** Id of the lane. */
  readonly lane: string;
  readonly pod: Pod;
  /** Root owner; null for an unmanaged pod. */
  readonly owner: ObjectRef | null;
  readonly tier: PodTier;
  readonly spec: Spec;
  /** Why it moves: R-REGULAR-POD, R-SYSTEM-POD, R-TARGET-POD or R-DISCOVERED-POD. */
  readonly reason: Code;
  /** What the eviction needs: in a drain the cordon. */
  readonly needs: readonly string[];
  /** The verdict's: the replacement is then awaited behind AwaitNewNode, in the node's tier. */
  readonly awaitsNode: boolean;
  /** For a pod that the plan does not name: "@" and 8 characters of its UID. */
  readonly idSuffix?: string;
}

/**
 * The eviction of a pod and the wait for its replacement. Timeouts: as the spec says, with the pod's
 * grace period on top, and for the wait the time that the replacement has to stay Ready.
 */
export function podSteps(request: PodStepsRequest): readonly [EvictPodStep, AwaitReplacementStep] {
  const { lane, pod, owner, tier, spec, awaitsNode, idSuffix = "" } = request;
  const grace = spec.pods.gracePeriodSeconds ?? pod.gracePeriodSeconds;
  const shared = { lane, target: podTarget(pod), owner, reason: { code: request.reason } };
  const evict: EvictPodStep = {
    ...shared,
    id: podStepId(lane, "evict", pod) + idSuffix,
    kind: "EvictPod",
    tier,
    needs: request.needs,
    params: { gracePeriodSeconds: spec.pods.gracePeriodSeconds },
    timeoutSeconds: spec.timeouts.evictionSeconds + grace,
  };
  const awaitReplacement: AwaitReplacementStep = {
    ...shared,
    id: podStepId(lane, "await", pod) + idSuffix,
    kind: "AwaitReplacement",
    tier: awaitsNode ? 3 : tier,
    needs: awaitsNode ? [evict.id, nodeStepId(lane, "new-node")] : [evict.id],
    params: { stableForSeconds: spec.pods.stableForSeconds },
    timeoutSeconds: spec.timeouts.replacementSeconds + grace + spec.pods.stableForSeconds,
  };
  return [evict, awaitReplacement];
}

function podTarget(pod: Pod): PodTarget {
  return { kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid, node: pod.nodeName };
}
