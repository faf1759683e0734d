import type { Node, Pod, Separation } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { podsSelected } from "./candidates.ts";
import { hasLabels, matchesTerms } from "./node-terms.ts";
import { isFinished } from "./pod-facts.ts";
import { matchesSelector } from "./selector.ts";

/** Where other pods keep a pod away from: the label values of nodes, by topology key. */
export interface Obstacles {
  /** Anti-affinity: there is one too many already. */
  readonly closed: ReadonlyMap<string, ReadonlySet<string>>;
  /** DoNotSchedule spread: only these values are not too full. */
  readonly even: readonly { readonly topologyKey: string; readonly values: ReadonlySet<string> }[];
}

export function obstaclesOf(pod: Pod, snapshot: Snapshot): Obstacles {
  return {
    closed: closedFor(pod, snapshot),
    even: pod.separations
      .filter((rule) => rule.kind === "spread")
      .map((rule) => ({ topologyKey: rule.topologyKey, values: evenValues(pod, rule, snapshot) })),
  };
}

/** A node without a spread's label is none of its domains; for anti-affinity it is no obstacle. */
export function isHeldOff(node: Node, { closed, even }: Obstacles): boolean {
  for (const [topologyKey, values] of closed) {
    const value = node.labels[topologyKey];
    if (value !== undefined && values.has(value)) return true;
  }
  return !even.every(({ topologyKey, values }) => values.has(node.labels[topologyKey] ?? ""));
}

/** By the pod's own anti-affinity and, as the scheduler does, by that of the pods already there. */
function closedFor(pod: Pod, snapshot: Snapshot): ReadonlyMap<string, ReadonlySet<string>> {
  const closed = new Map<string, Set<string>>();
  const close = (other: Pod, { topologyKey }: Separation): void => {
    const value = snapshot.node(other.nodeName)?.labels[topologyKey];
    if (value === undefined) return;
    const values = closed.get(topologyKey);
    if (values) values.add(value);
    else closed.set(topologyKey, new Set([value]));
  };
  for (const rule of pod.separations) {
    if (rule.kind !== "antiAffinity") continue;
    for (const other of podsSelected(rule.selector, pod.namespace, snapshot))
      if (other.uid !== pod.uid && occupies(other)) close(other, rule);
  }
  for (const { pod: other, rule } of snapshot.whoMayKeepAway(pod.namespace, pod.labels)) {
    if (other.uid === pod.uid || !occupies(other)) continue;
    if (matchesSelector(rule.selector, pod.labels)) close(other, rule);
  }
  return closed;
}

/**
 * The values where the pod keeps the spread: its domain with it is at most maxSkew above the emptiest
 * one. Every node that the pod's selectors match gives a domain, cordoned ones too.
 */
function evenValues(pod: Pod, rule: Separation, snapshot: Snapshot): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const [value, nodes] of snapshot.nodesByLabel(rule.topologyKey))
    if (gives(nodes.values(), pod)) counts.set(value, 0);
  for (const other of podsSelected(rule.selector, pod.namespace, snapshot)) {
    if (other.uid === pod.uid || !occupies(other)) continue;
    const value = snapshot.node(other.nodeName)?.labels[rule.topologyKey] ?? "";
    const count = counts.get(value);
    if (count !== undefined) counts.set(value, count + 1);
  }
  const own = matchesSelector(rule.selector, pod.labels) ? 1 : 0;
  let emptiest = Number.POSITIVE_INFINITY;
  for (const count of counts.values()) emptiest = Math.min(emptiest, count);
  const most = emptiest + rule.maxSkew - own;
  return new Set([...counts].filter(([, count]) => count <= most).map(([value]) => value));
}

/** Is one of these nodes of a spread's value one that the pod may be on? */
function gives(nodes: Iterable<Node>, pod: Pod): boolean {
  for (const node of nodes)
    if (hasLabels(node, pod.nodeSelector) && matchesTerms(pod.nodeAffinity, node)) return true;
  return false;
}

/** Holds a place on its node, and will go on to. */
function occupies(pod: Pod): boolean {
  return pod.nodeName !== "" && pod.deletionAt === null && !isFinished(pod);
}
