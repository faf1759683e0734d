import type { Code } from "#model/codes.ts";
import type { AwaitReplacementStep, EvictPodStep, InstanceTarget, NodeTarget, Step } from "#model/plan.ts";
import type { Spec } from "#model/spec.ts";
import { compareTexts } from "#rules/compare.ts";
import { tierOf } from "#rules/judge-pod.ts";
import { podSteps } from "#rules/pod-steps.ts";
import { nodeStepId } from "#rules/step-ids.ts";
import { staticPodName } from "#rules/successor.ts";
import { isMoving, type JudgedPod, type LaneDraft, type NodeDraft, type PodsDraft } from "./draft.ts";

/** The steps of a lane by tier, within a tier in the spec's order: the plan's positions. */
export function laneSteps(lane: LaneDraft, spec: Spec): readonly Step[] {
  return lane.kind === "node" ? nodeSteps(lane, spec) : podsSteps(lane, spec);
}

function nodeSteps(draft: NodeDraft, spec: Spec): readonly Step[] {
  const moves = moveSteps(draft, spec, [nodeStepId(draft.lane.id, "cordon")]);
  return [
    ...cordonSteps(draft, spec),
    ...moves.filter((step) => step.tier === 1),
    ...moves.filter((step) => step.tier === 2),
    ...endSteps(draft, spec),
    ...moves.filter((step) => step.tier === 3),
  ];
}

function podsSteps(draft: PodsDraft, spec: Spec): readonly Step[] {
  const moves = moveSteps(draft, spec, []);
  return [...moves.filter((step) => step.tier === 1), ...moves.filter((step) => step.tier === 2)];
}

function moveSteps(
  draft: LaneDraft,
  spec: Spec,
  needs: readonly string[],
): readonly (EvictPodStep | AwaitReplacementStep)[] {
  return draft.pods.filter(isMoving).flatMap(({ pod, owner, verdict }) =>
    podSteps({
      lane: draft.lane.id,
      pod,
      owner,
      tier: tierOf(pod),
      spec,
      reason: reasonOf(draft, pod),
      needs,
      awaitsNode: verdict.kind === "move" && verdict.awaitsNode && hasSuccessor(draft, spec),
    }),
  );
}

/** Without an instance in a group nothing is terminated and no new node comes: such a plan is blocked. */
function hasSuccessor(draft: LaneDraft, spec: Spec): boolean {
  return draft.kind === "node" && draft.group !== null && spec.replace.mode === "terminate";
}

function reasonOf(draft: LaneDraft, pod: JudgedPod["pod"]): Code {
  if (draft.kind === "pods") return "R-TARGET-POD";
  return tierOf(pod) === 2 ? "R-SYSTEM-POD" : "R-REGULAR-POD";
}

const REASON = { code: "R-TARGET-NODE" } as const;

function cordonSteps({ lane, node, instanceId }: NodeDraft, spec: Spec): readonly Step[] {
  const shared = {
    lane: lane.id,
    tier: 0,
    target: nodeTarget(node.name, node.uid, instanceId),
    timeoutSeconds: spec.timeouts.nodeSeconds,
    reason: REASON,
  } as const;
  const cordon = nodeStepId(lane.id, "cordon");
  return [
    { ...shared, id: cordon, kind: "CordonNode", needs: [] },
    { ...shared, id: nodeStepId(lane.id, "resolve"), kind: "ResolvePods", needs: [cordon] },
  ];
}

/** What happens to the node itself once its pods are gone. */
function endSteps(draft: NodeDraft, spec: Spec): readonly Step[] {
  const { lane, node, instanceId, group, pods } = draft;
  const graces = pods.map(({ pod }) => spec.pods.gracePeriodSeconds ?? pod.gracePeriodSeconds);
  const empty: Step = {
    id: nodeStepId(lane.id, "empty"),
    kind: "AwaitNodeEmpty",
    lane: lane.id,
    tier: 3,
    target: nodeTarget(node.name, node.uid, instanceId),
    needs: [],
    timeoutSeconds: spec.timeouts.nodeSeconds + Math.max(0, ...graces),
    reason: REASON,
  };
  if (group === null || !hasSuccessor(draft, spec)) return [empty];
  return [empty, ...replaceSteps(draft, group.name, spec)];
}

/** The instance goes, its node goes, and what the group launches in its place arrives. */
function replaceSteps(draft: NodeDraft, group: string, spec: Spec): readonly Step[] {
  const { lane, node, instanceId } = draft;
  const instance: InstanceTarget = { kind: "Instance", id: instanceId, group, node: node.name };
  const terminate = nodeStepId(lane.id, "terminate");
  const shared = {
    lane: lane.id,
    tier: 3,
    needs: [terminate],
    timeoutSeconds: spec.timeouts.nodeSeconds,
    reason: REASON,
  } as const;
  return [
    {
      ...shared,
      id: terminate,
      kind: "TerminateInstance",
      target: instance,
      needs: [nodeStepId(lane.id, "empty")],
      params: { decrementDesiredCapacity: false },
    },
    {
      ...shared,
      id: nodeStepId(lane.id, "gone"),
      kind: "AwaitNodeGone",
      target: nodeTarget(node.name, node.uid, instanceId),
    },
    {
      ...shared,
      id: nodeStepId(lane.id, "new-node"),
      kind: "AwaitNewNode",
      target: instance,
      params: { stableForSeconds: spec.nodes.stableForSeconds, mirrorPods: mirrorPodsOf(draft) },
      timeoutSeconds: shared.timeoutSeconds + spec.nodes.stableForSeconds,
    },
  ];
}

function nodeTarget(name: string, uid: string, instanceId: string): NodeTarget {
  return { kind: "Node", name, uid, instanceId };
}

/** Only of the control plane: what has to be Ready on the successor before the next node goes. */
function mirrorPodsOf({ lane, pods }: NodeDraft): readonly string[] {
  if (!lane.controlPlane) return [];
  return pods
    .filter(({ pod }) => pod.mirror)
    .map(({ pod }) => staticPodName(pod))
    .sort(compareTexts);
}
