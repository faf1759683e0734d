import { isFarReaching } from "./affinity-namespaces.ts";
import type { Cluster } from "./cluster.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { Affinity, Pod, PodAffinityTerm } from "./pod-types.ts";
import { controllerUidOf } from "./store-index.ts";

/** Node name → how many. */
type Counts = Map<string, number>;

const nowhere: ReadonlyMap<string, number> = new Map();

/** Pods with the same required anti-affinity terms, and the nodes that they are on. */
export interface RepellingGroup {
  readonly namespace: string;
  readonly terms: readonly PodAffinityTerm[];
  readonly nodes: ReadonlyMap<string, number>;
}

interface OpenGroup extends RepellingGroup {
  readonly nodes: Counts;
}

/** Where the pods of each owner are, and those that keep others away: what a placement asks, kept up to date. */
export class PlacementCounts {
  private readonly siblings = new Map<string, Counts>();
  private readonly repelling = new Map<string, Map<Affinity, OpenGroup>>();
  /** Those of them that look beyond their namespace. */
  private readonly farReaching = new Set<OpenGroup>();

  constructor(cluster: Cluster) {
    for (const pod of cluster.stores.pods.all()) this.count(pod, 1);
    cluster.stores.pods.log.observe(({ type, object, previous }) => {
      if (type === "MODIFIED" && previous !== undefined && countsAlike(previous, object)) return;
      if (previous !== undefined) this.count(previous, -1);
      if (type !== "DELETED") this.count(object, 1);
    });
  }

  /** Node name → pods of this controller that stay there. */
  siblingsOf(owner: string | undefined): ReadonlyMap<string, number> {
    return (owner === undefined ? undefined : this.siblings.get(owner)) ?? nowhere;
  }

  /** Pods that may keep others away from this namespace's, those with one and the same affinity together. */
  repellingIn(namespace: string): Iterable<RepellingGroup> {
    const own = this.repelling.get(namespace)?.values() ?? [];
    if (this.farReaching.size === 0) return own;
    return [...own, ...[...this.farReaching].filter((group) => group.namespace !== namespace)];
  }

  private count(pod: Pod, sign: 1 | -1): void {
    const { nodeName, affinity } = pod.spec;
    if (nodeName === undefined) return;
    const owner = controllerUidOf(pod);
    if (owner !== undefined && !isTerminating(pod)) addTo(this.siblings, owner, nodeName, sign);
    const terms = antiAffinityTerms(pod);
    if (affinity === undefined || terms.length === 0 || isFinished(pod)) return;
    const namespace = pod.metadata.namespace ?? "";
    const groups = this.repelling.get(namespace) ?? new Map<Affinity, OpenGroup>();
    this.repelling.set(namespace, groups);
    const group = groups.get(affinity) ?? { namespace, terms, nodes: new Map<string, number>() };
    groups.set(affinity, group);
    add(group.nodes, nodeName, sign);
    if (terms.some(isFarReaching)) this.farReaching.add(group);
    if (group.nodes.size > 0) return;
    groups.delete(affinity);
    this.farReaching.delete(group);
  }
}

export function antiAffinityTerms(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

function countsAlike(before: Pod, after: Pod): boolean {
  return (
    before.spec === after.spec &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    before.metadata.ownerReferences === after.metadata.ownerReferences &&
    before.status.phase === after.status.phase
  );
}

function addTo(all: Map<string, Counts>, key: string, node: string, sign: 1 | -1): void {
  const counts = all.get(key) ?? new Map<string, number>();
  all.set(key, counts);
  add(counts, node, sign);
  if (counts.size === 0) all.delete(key);
}

function add(counts: Counts, node: string, sign: 1 | -1): void {
  const next = (counts.get(node) ?? 0) + sign;
  if (next === 0) counts.delete(node);
  else counts.set(node, next);
}
