import type { Code } from "#model/codes.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { Node } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { NodesTarget } from "#model/spec.ts";
import { byText, compareTexts } from "#rules/compare.ts";
import { hasRole, rolesOf } from "#rules/roles.ts";
import { formatSelector } from "#rules/selector.ts";
import { matchesTarget, whyRefused } from "#rules/target-nodes.ts";
import { groupNamesOf, scalingGroupOf } from "./group-names.ts";

export type NodeMatch =
  | {
      readonly kind: "matched";
      readonly nodes: readonly Node[];
      readonly refused: readonly { readonly node: Node; readonly code: Code }[];
    }
  | { readonly kind: "faulty"; readonly diagnostics: readonly Diagnostic[] };

/** The nodes that match everything a target gives, less those it excludes and the control plane. */
export function matchNodes(target: NodesTarget, snapshot: Snapshot): NodeMatch {
  const all = [...snapshot.nodes()].sort(byText((node) => node.name));
  const unknown = unknownNames(target, all, snapshot);
  if (unknown.length > 0) return { kind: "faulty", diagnostics: unknown };
  const matching = all.filter((node) => matchesTarget(node, target, scalingGroupOf(node, snapshot)));
  const judged = matching.map((node) => ({ node, code: whyRefused(node, target) }));
  const nodes = judged.filter(({ code }) => code === null).map(({ node }) => node);
  if (nodes.length === 0) return { kind: "faulty", diagnostics: [nothingLeft(target, judged)] };
  return {
    kind: "matched",
    nodes,
    refused: judged.flatMap(({ node, code }) => (code === null ? [] : [{ node, code }])),
  };
}

/** Roles, groups and names that no node has, each with what there is instead. */
function unknownNames(
  target: NodesTarget,
  nodes: readonly Node[],
  snapshot: Snapshot,
): readonly Diagnostic[] {
  const { role } = target;
  const groups = listOf(nodes.flatMap((node) => groupNamesOf(node, snapshot)));
  const faults: Diagnostic[] = [];
  if (role !== null && !nodes.some((node) => hasRole(node, role))) {
    const roles = listOf(nodes.flatMap(rolesOf));
    faults.push({
      code: "E-ROLE-UNKNOWN",
      message: `no node has the role "${role}"`,
      help:
        roles.length > 0
          ? `Roles there are: ${roles.join(", ")}.`
          : "No node has a role label; choose by selector, groups or names.",
      data: { role },
    });
  }
  for (const group of target.groups.filter((name) => !groups.includes(name))) {
    faults.push({
      code: "E-GROUP-UNKNOWN",
      message: `no node is in a group "${group}"`,
      help:
        groups.length > 0
          ? `Groups there are: ${groups.join(", ")}.`
          : "No node's group is known; choose by role, selector or names.",
      data: { group },
    });
  }
  for (const name of target.names.filter((each) => snapshot.node(each) === undefined)) {
    faults.push({
      code: "E-NODE-UNKNOWN",
      message: `there is no node "${name}"`,
      help: meantNode(name, nodes),
      data: { node: name },
    });
  }
  return faults;
}

/** Nodes are often called by the first part of their name. */
function meantNode(name: string, nodes: readonly Node[]): string {
  const [meant, other] = nodes.filter((node) => node.name.startsWith(`${name}.`));
  return meant && !other ? `did you mean ${meant.name}?` : "See which nodes there are: kubectl get nodes";
}

function nothingLeft(
  target: NodesTarget,
  judged: readonly { readonly node: Node; readonly code: Code | null }[],
): Diagnostic {
  const count = (code: Code): number => judged.filter((each) => each.code === code).length;
  const [byExclude, controlPlane] = [count("R-EXCLUDED"), count("R-CONTROL-PLANE")];
  const given = describeTarget(target);
  if (judged.length === 0) {
    return {
      code: "E-NOTHING-MATCHES",
      message: `no node matches ${given}`,
      help: "See which nodes there are: kubectl get nodes --show-labels",
    };
  }
  const reasons = [
    ...(byExclude > 0 ? [`${byExclude} by the target's exclude selector`] : []),
    ...(controlPlane > 0 ? [`${controlPlane} of the control plane`] : []),
  ];
  return {
    code: "E-NOTHING-MATCHES",
    message: `every node that matches ${given} is excluded: ${reasons.join(", ")}`,
    help:
      controlPlane > 0
        ? "Control-plane nodes are rolled only where the target names their role, or them."
        : "Look at the target's exclude selector.",
  };
}

function describeTarget(target: NodesTarget): string {
  const parts = [
    ...(target.role !== null ? [`role ${target.role}`] : []),
    ...(target.selector !== null ? [`selector ${formatSelector(target.selector) || "(everything)"}`] : []),
    ...(target.groups.length > 0 ? [`groups ${target.groups.join(", ")}`] : []),
    ...(target.names.length > 0 ? [`names ${target.names.join(", ")}`] : []),
  ];
  return parts.join(" and ");
}

function listOf(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort(compareTexts);
}
