import type { Node, ScalingGroup } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";
import { instanceIdOf } from "#rules/instance-id.ts";
import { groupNames } from "#rules/target-nodes.ts";

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
 * Must the auto scaling groups be read before planning? Only where something is terminated; else no
 * AWS call is made at all, and groups are known by the labels of their nodes.
 */
export function needsGroups(spec: Spec): boolean {
  return spec.replace.mode === "terminate" && spec.targets.some(({ kind }) => kind === "Nodes");
}
