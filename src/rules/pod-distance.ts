import type { Node, Pod, Separation } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
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
  const own = antiAffinities(pod);
  for (const other of own.length > 0 ? snapshot.podsInNamespace(pod.namespace) : []) {
    if (other.uid === pod.uid || !occupies(other)) continue;
    for (const rule of own) if (matchesSelector(rule.selector, other.labels)) close(other, rule);
  }
  for (const other of snapshot.separatingPods(pod.namespace)) {
    if (other.uid === pod.uid || !occupies(other)) continue;
    for (const rule of antiAffinities(other))
      if (matchesSelector(rule.selector, pod.labels)) close(other, rule);
  }
  return closed;
}

function antiAffinities(pod: Pod): readonly Separation[] {
  return pod.separations.filter((rule) => rule.kind === "antiAffinity");
}

/**
 * The values where the pod keeps the spread: its domain with it is at most maxSkew above the emptiest
 * one. Every node that the pod's selectors match gives a domain, cordoned ones too.
 */
function evenValues(pod: Pod, rule: Separation, snapshot: Snapshot): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const node of snapshot.nodes()) {
    const value = node.labels[rule.topologyKey];
    if (value === undefined || !hasLabels(node, pod.nodeSelector)) continue;
    if (matchesTerms(pod.nodeAffinity, node)) counts.set(value, 0);
  }
  for (const other of snapshot.podsInNamespace(pod.namespace)) {
    if (other.uid === pod.uid || !occupies(other) || !matchesSelector(rule.selector, other.labels)) continue;
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

/** Holds a place on its node, and will go on to. */
function occupies(pod: Pod): boolean {
  return pod.nodeName !== "" && pod.deletionAt === null && !isFinished(pod);
}
