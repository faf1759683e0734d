import type { Node, NodeSelectorTerm, Pod, Separation, Taint, Toleration } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { isFinished } from "./pod-facts.ts";
import { matchesSelector } from "./selector.ts";

/**
 * No Ready, uncordoned node but its own may take the pod: by nodeSelector, required affinity, the
 * zones of its volumes, taints, required anti-affinity and DoNotSchedule spread. Free room is not
 * judged here: it comes and goes. `node` is the one that leaves; null: every node may stay.
 * Source: kube-scheduler's filters.
 */
export function isUnplaceable(pod: Pod, node: Node | null, snapshot: Snapshot): boolean {
  const separators = separatorsOf(pod, snapshot);
  for (const candidate of snapshot.nodes()) {
    if (candidate.name === node?.name) continue;
    if (
      isOpen(candidate) &&
      mayRunOn(pod, candidate, snapshot) &&
      keepsApart(pod, candidate, separators, snapshot)
    ) {
      return false;
    }
  }
  return true;
}

/** Takes new pods at all. */
export function isOpen(node: Node): boolean {
  return node.ready === "True" && !node.unschedulable && !node.terminating;
}

/** By what the pod asks of a node itself, without regard to other pods and free room. */
export function mayRunOn(pod: Pod, node: Node, snapshot: Snapshot): boolean {
  return (
    toleratesAll(pod.tolerations, node.taints) &&
    hasLabels(node, pod.nodeSelector) &&
    matchesTerms(pod.nodeAffinity, node) &&
    pod.claims.every((name) => {
      const claim = snapshot.claim(pod.namespace, name);
      return claim === undefined || matchesTerms(claim.nodeAffinity, node);
    })
  );
}

function hasLabels(node: Node, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([key, value]) => node.labels[key] === value);
}

/** Alternatives; none asked: any node. A term that asks nothing matches nothing. */
function matchesTerms(terms: readonly NodeSelectorTerm[], node: Node): boolean {
  if (terms.length === 0) return true;
  return terms.some((term) => {
    if (term.nodeNames === null && term.labels.requirements.length === 0) return false;
    const named = term.nodeNames === null || term.nodeNames.includes(node.name);
    return named && matchesSelector(term.labels, node.labels);
  });
}

function toleratesAll(tolerations: readonly Toleration[], taints: readonly Taint[]): boolean {
  return taints
    .filter((taint) => taint.effect === "NoSchedule" || taint.effect === "NoExecute")
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key === "") return toleration.operator === "Exists";
  if (toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || toleration.value === taint.value;
}

/** Another pod that must not share a topology value with this one: by its own rule or by this pod's. */
interface Separator {
  readonly topologyKey: string;
  readonly value: string;
}

/** Where anti-affinity forbids the pod: its own and, as the scheduler does, that of the pods there. */
function separatorsOf(pod: Pod, snapshot: Snapshot): readonly Separator[] {
  const found: Separator[] = [];
  for (const other of snapshot.podsInNamespace(pod.namespace)) {
    if (other.uid === pod.uid || !occupies(other)) continue;
    const node = snapshot.node(other.nodeName);
    if (!node) continue;
    const rules = [...antiAffinitiesFor(pod, other), ...antiAffinitiesFor(other, pod)];
    for (const { topologyKey } of rules) {
      const value = node.labels[topologyKey];
      if (value !== undefined) found.push({ topologyKey, value });
    }
  }
  return found;
}

function antiAffinitiesFor(pod: Pod, other: Pod): readonly Separation[] {
  return pod.separations.filter(
    (rule) => rule.kind === "antiAffinity" && matchesSelector(rule.selector, other.labels),
  );
}

function keepsApart(pod: Pod, node: Node, separators: readonly Separator[], snapshot: Snapshot): boolean {
  if (separators.some(({ topologyKey, value }) => node.labels[topologyKey] === value)) return false;
  return pod.separations.every((rule) => rule.kind !== "spread" || staysEven(pod, rule, node, snapshot));
}

/**
 * DoNotSchedule spread: the candidate's domain with the pod in it is at most maxSkew above the
 * emptiest one. Every node that the pod's selectors match gives a domain, cordoned ones too.
 */
function staysEven(pod: Pod, rule: Separation, node: Node, snapshot: Snapshot): boolean {
  const domain = node.labels[rule.topologyKey];
  if (domain === undefined) return false;
  const counts = new Map<string, number>();
  for (const each of snapshot.nodes()) {
    const value = each.labels[rule.topologyKey];
    if (value === undefined || !hasLabels(each, pod.nodeSelector) || !matchesTerms(pod.nodeAffinity, each))
      continue;
    counts.set(value, counts.get(value) ?? 0);
  }
  for (const other of snapshot.podsInNamespace(pod.namespace)) {
    if (other.uid === pod.uid || !occupies(other) || !matchesSelector(rule.selector, other.labels)) continue;
    const value = snapshot.node(other.nodeName)?.labels[rule.topologyKey];
    const count = value === undefined ? undefined : counts.get(value);
    if (value !== undefined && count !== undefined) counts.set(value, count + 1);
  }
  const own = matchesSelector(rule.selector, pod.labels) ? 1 : 0;
  return (counts.get(domain) ?? 0) + own - Math.min(...counts.values()) <= rule.maxSkew;
}

/** Holds a place on its node, and will go on to. */
function occupies(pod: Pod): boolean {
  return pod.nodeName !== "" && pod.deletionAt === null && !isFinished(pod);
}
