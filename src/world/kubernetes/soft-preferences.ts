import { namespacesOf } from "./affinity-namespaces.ts";
import type { Cluster } from "./cluster.ts";
import { matchesNodeSelector } from "./node-affinity.ts";
import type { Node } from "./node-types.ts";
import type { LabelSelector } from "./object-types.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { isTolerated } from "./taints.ts";

/** How much speaks against a node that fits; 0: nothing. */
export type Reluctance = (node: Node) => number;

/** A spread that may be broken counts as much as this weight for each matching pod of a domain. */
const spreadWeight = 50;
const taintWeight = 100;

/** What a pod would rather have: preferred affinities, spreads that may be broken, taints it need not mind. */
export function reluctanceOf(cluster: Cluster, pod: Pod): Reluctance {
  const { affinity, topologySpreadConstraints, tolerations } = pod.spec;
  const byTaints: Reluctance = (node) => avoidedTaints(node, tolerations) * taintWeight;
  if (affinity === undefined && topologySpreadConstraints === undefined) return byTaints;
  const tests: Reluctance[] = [];
  for (const term of affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    const selector = { nodeSelectorTerms: [term.preference] };
    tests.push((node) => (matchesNodeSelector(selector, node) ? -term.weight : 0));
  }
  for (const [kind, sign] of [
    ["podAffinity", -1],
    ["podAntiAffinity", 1],
  ] as const) {
    for (const { weight, podAffinityTerm } of affinity?.[kind]
      ?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      tests.push(crowding(cluster, pod, podAffinityTerm, sign * weight));
    }
  }
  for (const constraint of topologySpreadConstraints ?? []) {
    if (constraint.whenUnsatisfiable === "ScheduleAnyway") {
      tests.push(crowding(cluster, pod, constraint, spreadWeight));
    }
  }
  return (node) => {
    let sum = byTaints(node);
    for (const test of tests) sum += test(node);
    return sum;
  };
}

function avoidedTaints({ spec }: Node, tolerations: Pod["spec"]["tolerations"]): number {
  if (spec.taints === undefined) return 0;
  return spec.taints.filter(
    (taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, tolerations),
  ).length;
}

interface Near {
  readonly topologyKey: string;
  readonly labelSelector?: LabelSelector;
  readonly namespaces?: readonly string[];
  readonly namespaceSelector?: LabelSelector;
}

/** The weight for each matching pod in the node's domain. */
function crowding(cluster: Cluster, pod: Pod, near: Near, weight: number): Reluctance {
  const { topologyKey, labelSelector } = near;
  const counts = new Map<string, number>();
  for (const namespace of namespacesOf(cluster, near, pod.metadata.namespace)) {
    for (const other of cluster.stores.pods.matching(namespace, labelSelector)) {
      if (isFinished(other) || isTerminating(other) || other.spec.nodeName === undefined) continue;
      const node = cluster.stores.nodes.get(undefined, other.spec.nodeName);
      const domain = node?.metadata.labels?.[topologyKey];
      if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
  }
  return (node) => (counts.get(node.metadata.labels?.[topologyKey] ?? "") ?? 0) * weight;
}
