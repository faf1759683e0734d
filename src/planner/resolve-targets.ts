import type { Code } from "#model/codes.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { Node, ObjectRef, Pod } from "#model/objects.ts";
import type { Excluded } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { NodesTarget, PodsTarget, Spec } from "#model/spec.ts";
import { comparePods } from "#rules/order-pods.ts";
import { podRef } from "#rules/pod-facts.ts";
import { formatSelector, matchesSelector } from "#rules/selector.ts";
import { matchNodes, type NodeMatch } from "./match-nodes.ts";
import { orderNodes } from "./order-nodes.ts";

/** What one target of the spec comes to, in the spec's order. */
export type ResolvedTarget =
  | {
      readonly kind: "Nodes";
      readonly index: number;
      readonly target: NodesTarget;
      readonly nodes: readonly Node[];
    }
  | {
      readonly kind: "Pods";
      readonly index: number;
      readonly target: PodsTarget;
      readonly pods: readonly Pod[];
    };

export interface ResolvedTargets {
  readonly targets: readonly ResolvedTarget[];
  readonly excluded: readonly Excluded[];
  /** Why the spec as a whole cannot be planned: a target that matches nothing, a name that nothing has. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Turns targets into nodes and pods. A node or pod belongs to the first target that matches it; a
 * pod on a planned node is planned there only, whichever target comes first.
 */
export function resolveTargets(spec: Spec, snapshot: Snapshot): ResolvedTargets {
  const diagnostics: Diagnostic[] = [];
  const excluded: Excluded[] = [];
  const nodesByTarget = new Map<number, readonly Node[]>();
  const plannedNodes = new Set<string>();
  spec.targets.forEach((target, index) => {
    if (target.kind !== "Nodes") return;
    const match = matchNodes(target, snapshot);
    if (match.kind === "faulty") {
      diagnostics.push(...match.diagnostics);
      return;
    }
    const { chosen, refused } = splitNodes(match, plannedNodes);
    excluded.push(...refused.map(({ node, code }) => ({ target: index, object: nodeRef(node), code })));
    for (const node of chosen) plannedNodes.add(node.name);
    nodesByTarget.set(index, orderNodes(chosen, { keys: spec.order.nodes, target, snapshot }));
  });
  const plannedPods = new Set<string>();
  const targets = spec.targets.map((target, index): ResolvedTarget => {
    if (target.kind === "Nodes")
      return { kind: "Nodes", index, target, nodes: nodesByTarget.get(index) ?? [] };
    const matching = podsOf(target, spec, snapshot);
    if (matching.length === 0) diagnostics.push(noPods(target, index, snapshot));
    const pods = matching.filter((pod) => {
      const code = whyNotHere(pod, plannedNodes, plannedPods);
      if (code) excluded.push({ target: index, object: podRef(pod), code });
      return code === null;
    });
    for (const pod of pods) plannedPods.add(pod.uid);
    return { kind: "Pods", index, target, pods };
  });
  return { targets, excluded, diagnostics };
}

export function nodeRef(node: Node): ObjectRef {
  return { kind: "Node", name: node.name, uid: node.uid };
}

interface Refused {
  readonly node: Node;
  readonly code: Code;
}

function splitNodes(
  match: Extract<NodeMatch, { readonly kind: "matched" }>,
  planned: ReadonlySet<string>,
): { readonly chosen: readonly Node[]; readonly refused: readonly Refused[] } {
  const repeated = match.nodes.filter((node) => planned.has(node.name));
  return {
    chosen: match.nodes.filter((node) => !planned.has(node.name)),
    refused: [...match.refused, ...repeated.map((node) => ({ node, code: "R-EARLIER-TARGET" as const }))],
  };
}

function podsOf(target: PodsTarget, spec: Spec, snapshot: Snapshot): readonly Pod[] {
  return [...new Set(target.namespaces)]
    .flatMap((namespace) => [...snapshot.podsInNamespace(namespace)])
    .filter((pod) => matchesSelector(target.selector, pod.labels))
    .sort(comparePods(spec.order.pods));
}

function whyNotHere(pod: Pod, nodes: ReadonlySet<string>, pods: ReadonlySet<string>): Code | null {
  if (nodes.has(pod.nodeName)) return "R-ON-PLANNED-NODE";
  return pods.has(pod.uid) ? "R-EARLIER-TARGET" : null;
}

function noPods(target: PodsTarget, index: number, snapshot: Snapshot): Diagnostic {
  const { namespaces } = target;
  const selector = formatSelector(target.selector);
  const matching = selector === "" ? "there is no pod" : `no pod matches selector ${selector}`;
  // A name that is none has no pods, so what stands here needs no quotes for a shell.
  const where = namespaces.length === 1 ? `-n ${namespaces[0]}` : "-A";
  const isEmpty = namespaces.every((one) => [...snapshot.podsInNamespace(one)].length === 0);
  return {
    code: "E-NOTHING-MATCHES",
    message: `${matching} in ${namespaces.length === 1 ? "namespace" : "namespaces"} ${namespaces.join(", ")}`,
    help: isEmpty
      ? "There are no pods at all there; see which namespaces have some: kubectl get pods -A --show-labels"
      : `See which pods there are: kubectl get pods ${where} --show-labels`,
    data: { target: index },
  };
}
