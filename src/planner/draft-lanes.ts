import type { Node, Pod } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { judgePod } from "#rules/judge-pod.ts";
import { comparePods } from "#rules/order-pods.ts";
import { isControlPlane } from "#rules/roles.ts";
import { rootOwner } from "#rules/root-owner.ts";
import { nodeLaneId, podsLaneId } from "#rules/step-ids.ts";
import { isMoving, type JudgedPod, type LaneDraft, type NodeDraft } from "./draft.ts";
import { scalingGroupOf } from "./group-names.ts";
import type { ResolvedTarget } from "./resolve-targets.ts";

/** A lane for each node, and one for each Pods target that has pods left, in the spec's order. */
export function draftLanes(
  targets: readonly ResolvedTarget[],
  spec: Spec,
  snapshot: Snapshot,
): readonly LaneDraft[] {
  return targets.flatMap((resolved): readonly LaneDraft[] => {
    if (resolved.kind === "Nodes") {
      return resolved.nodes.map((node) => draftNode(node, resolved.index, spec, snapshot));
    }
    if (resolved.pods.length === 0) return [];
    const { target, index } = resolved;
    return [
      {
        kind: "pods",
        lane: { kind: "pods", id: podsLaneId(target.namespaces, target.selector), target: index },
        pods: resolved.pods.map((pod) => judge(pod, "pods", spec, snapshot)),
      },
    ];
  });
}

function draftNode(node: Node, target: number, spec: Spec, snapshot: Snapshot): NodeDraft {
  const pods = [...snapshot.podsOnNode(node.name)]
    .sort(comparePods(spec.order.pods))
    .map((pod) => judge(pod, "node", spec, snapshot));
  const planned = pods.filter(isMoving).length;
  return {
    kind: "node",
    lane: {
      kind: "node",
      id: nodeLaneId(node.name),
      target,
      node: node.name,
      nodeUid: node.uid,
      controlPlane: isControlPlane(node),
      maxDiscovered: spec.limits.maxDiscovered ?? 2 * planned + 10,
    },
    node,
    instanceId: instanceIdOf(node),
    group: scalingGroupOf(node, snapshot) ?? null,
    pods,
  };
}

function judge(pod: Pod, scope: "node" | "pods", spec: Spec, snapshot: Snapshot): JudgedPod {
  return { pod, owner: rootOwner(pod, snapshot), verdict: judgePod(pod, { snapshot, spec, scope }) };
}
