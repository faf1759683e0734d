import type { Code } from "#model/codes.ts";
import type { Node, ScalingGroup } from "#model/objects.ts";
import type { NodesTarget } from "#model/spec.ts";
import { compareTexts } from "./compare.ts";
import { hasRole, isControlPlane } from "./roles.ts";
import { matchesSelector } from "./selector.ts";

/** Labels by which installers name a node's group: kOps, EKS, eksctl. */
const GROUP_LABELS: readonly string[] = [
  "kops.k8s.io/instancegroup",
  "eks.amazonaws.com/nodegroup",
  "alpha.eksctl.io/nodegroup-name",
];

function labelledGroupNames(node: Node): readonly string[] {
  return GROUP_LABELS.map((label) => node.labels[label] ?? "").filter((name) => name !== "");
}

/** Every name by which a spec may call the node's group: labels, kOps tag, auto scaling group. Sorted. */
export function groupNames(node: Node, group: ScalingGroup | undefined): readonly string[] {
  const names = [...labelledGroupNames(node), group?.instanceGroup ?? "", group?.name ?? ""];
  return [...new Set(names.filter((name) => name !== ""))].sort(compareTexts);
}

/** Does the node match everything that the target gives? Says nothing about what the target excludes. */
export function matchesTarget(node: Node, target: NodesTarget, group: ScalingGroup | undefined): boolean {
  if (target.role !== null && !hasRole(node, target.role)) return false;
  if (target.selector !== null && !matchesSelector(target.selector, node.labels)) return false;
  if (target.names.length > 0 && !target.names.includes(node.name)) return false;
  if (target.groups.length === 0) return true;
  return groupNames(node, group).some((name) => target.groups.includes(name));
}

/** Why a matching node is left alone; null: it is rolled. */
export function whyRefused(node: Node, target: NodesTarget): Code | null {
  if (target.exclude !== null && matchesSelector(target.exclude, node.labels)) return "R-EXCLUDED";
  return isControlPlane(node) && !namesControlPlane(node, target) ? "R-CONTROL-PLANE" : null;
}

/** Control-plane nodes are meant only where their role or they themselves are named. */
function namesControlPlane(node: Node, target: NodesTarget): boolean {
  if (target.names.includes(node.name)) return true;
  return target.role === "control-plane" || target.role === "master" || target.role === "apiserver";
}
