import type { Node, ScalingGroup } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { NodesTarget, Spec, Target } from "#model/spec.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { groupNames, labelledGroupNames } from "#rules/target-nodes.ts";

/** The auto scaling group that holds the node's instance; undefined where none is known. */
export function scalingGroupOf(node: Node, snapshot: Snapshot): ScalingGroup | undefined {
  const instance = instanceIdOf(node);
  return instance === "" ? undefined : snapshot.groupOfInstance(instance);
}

/** Every name by which a spec may call the node's group: labels, kOps tag, auto scaling group. Sorted. */
export function groupNamesOf(node: Node, snapshot: Snapshot): readonly string[] {
  return groupNames(node, scalingGroupOf(node, snapshot));
}

/**
 * Must the auto scaling groups be read before planning? Where something is terminated, and where a
 * target names a group that no node's labels tell. Else no AWS call is made at all.
 */
export function needsGroups(spec: Spec, snapshot: Snapshot): boolean {
  const targets = spec.targets.filter(isNodesTarget);
  if (targets.length === 0) return false;
  if (spec.replace.mode === "terminate") return true;
  const known = new Set([...snapshot.nodes()].flatMap(labelledGroupNames));
  return targets.some((target) => target.groups.some((name) => !known.has(name)));
}

function isNodesTarget(target: Target): target is NodesTarget {
  return target.kind === "Nodes";
}
