import type { Code } from "#model/codes.ts";
import type { Node, ScalingGroup } from "#model/objects.ts";
import type { Finding } from "#model/plan.ts";
import type { Draft } from "../draft.ts";

/** One thing that preflight looks for. A finding blocks where its code is a B- code and nobody accepted it. */
export interface Check {
  /** What it may find: the plan says what was looked for. */
  readonly codes: readonly Code[];
  readonly find: (draft: Draft) => readonly Finding[];
}

export function isBlocker(finding: Finding): boolean {
  return finding.code.startsWith("B-") && finding.accepted !== true;
}

export function nodeObject(node: Node): Finding["object"] {
  return { kind: "Node", name: node.name, uid: node.uid };
}

export function groupObject(group: ScalingGroup): Finding["object"] {
  return { kind: "AutoScalingGroup", name: group.name, uid: group.arn };
}
