import type { Cluster } from "./cluster.ts";
import { isWantedNode, matchesNodeSelector } from "./node-affinity.ts";
import type { UsageCache } from "./node-usage.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import { allocatableOf, requestsOf } from "./resources.ts";
import { matchesSelector } from "./selectors.ts";
import { isTolerated, unschedulableTaint } from "./taints.ts";
import type { Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from "./types.ts";

/** Why a node cannot take a pod, in the scheduler's words; empty: it can. First failing filter only. */
export type Rejection = readonly string[];

const fits: Rejection = [];

/** What one attempt to place one pod looks at. */
export interface Attempt {
  readonly cluster: Cluster;
  readonly usages: UsageCache;
  readonly pod: Pod;
  /** Pods whose anti-affinity could keep this one away. */
  readonly repellers: readonly Pod[];
}

/** Gathers once what the filters ask for every node. */
export function prepareAttempt(cluster: Cluster, usages: UsageCache, pod: Pod): Attempt {
  const peers = cluster.stores.pods.inNamespace(pod.metadata.namespace ?? "");
  const repellers = peers.filter((other) => antiAffinityTerms(other).length > 0 && !isFinished(other));
  return { cluster, usages, pod, repellers };
}

/** Filters in the order of the real scheduler's plugins. */
const filters: readonly ((attempt: Attempt, node: Node) => Rejection)[] = [
  ({ pod }, node) =>
    node.spec.unschedulable === true && !isTolerated(unschedulableTaint, pod.spec.tolerations)
      ? ["node(s) were unschedulable"]
      : fits,
  ({ pod }, node) => rejectTaints(pod, node),
  ({ pod }, node) =>
    isWantedNode(pod.spec, node) ? fits : ["node(s) didn't match Pod's node affinity/selector"],
  rejectResources,
  rejectVolumes,
  rejectSpread,
  rejectAntiAffinity,
];

export function rejectNode(attempt: Attempt, node: Node): Rejection {
  for (const filter of filters) {
    const rejection = filter(attempt, node);
    if (rejection.length > 0) return rejection;
  }
  return fits;
}

/** Whether evicting pods could help; the rest is what preemption cannot solve. */
export function isResolvableByPreemption(rejection: Rejection): boolean {
  return rejection.some((reason) => reason.startsWith("Insufficient") || reason === "Too many pods");
}

function rejectTaints(pod: Pod, node: Node): Rejection {
  const taint = node.spec.taints?.find(
    (candidate) => candidate.effect !== "PreferNoSchedule" && !isTolerated(candidate, pod.spec.tolerations),
  );
  return taint === undefined ? fits : ["node(s) had untolerated taint(s)"];
}

function rejectResources({ usages, pod }: Attempt, node: Node): Rejection {
  const usage = usages.of(node.metadata.name);
  const wanted = requestsOf(pod.spec);
  const { cpu, memory, pods } = allocatableOf(node);
  const reasons: string[] = [];
  if (usage.pods.length + 1 > pods) reasons.push("Too many pods");
  if (wanted.cpu > 0 && usage.cpu + wanted.cpu > cpu) reasons.push("Insufficient cpu");
  if (wanted.memory > 0 && usage.memory + wanted.memory > memory) reasons.push("Insufficient memory");
  return reasons;
}

function rejectVolumes({ cluster, pod }: Attempt, node: Node): Rejection {
  for (const volume of pod.spec.volumes ?? []) {
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName === undefined) continue;
    const claim = cluster.stores.persistentvolumeclaims.get(pod.metadata.namespace, claimName);
    const volumeName = claim?.spec.volumeName;
    const bound =
      volumeName === undefined ? undefined : cluster.stores.persistentvolumes.get(undefined, volumeName);
    const required = bound?.spec.nodeAffinity?.required;
    if (required !== undefined && !matchesNodeSelector(required, node)) {
      return ["node(s) didn't match PersistentVolume's node affinity"];
    }
  }
  return fits;
}

function domainOf(node: Node, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey];
}

function rejectSpread(attempt: Attempt, node: Node): Rejection {
  const constraints = attempt.pod.spec.topologySpreadConstraints;
  if (constraints === undefined) return fits;
  const hard = constraints.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule");
  return hard.every((constraint) => keepsSkew(attempt, node, constraint))
    ? fits
    : ["node(s) didn't match pod topology spread constraints"];
}

/** Domains of nodes that match the pod's node affinity count, cordoned ones too (nodeTaintsPolicy Ignore). */
function keepsSkew(
  { cluster, usages, pod }: Attempt,
  node: Node,
  constraint: TopologySpreadConstraint,
): boolean {
  const own = domainOf(node, constraint.topologyKey);
  if (own === undefined) return false;
  const counts = new Map<string, number>();
  for (const candidate of cluster.stores.nodes.all()) {
    const domain = domainOf(candidate, constraint.topologyKey);
    if (domain === undefined || !isWantedNode(pod.spec, candidate)) continue;
    const matching = usages
      .of(candidate.metadata.name)
      .pods.filter(
        (other) =>
          !isTerminating(other) &&
          other.metadata.namespace === pod.metadata.namespace &&
          matchesSelector(constraint.labelSelector, other.metadata.labels),
      );
    counts.set(domain, (counts.get(domain) ?? 0) + matching.length);
  }
  const self = matchesSelector(constraint.labelSelector, pod.metadata.labels) ? 1 : 0;
  return (counts.get(own) ?? 0) + self - Math.min(...counts.values()) <= constraint.maxSkew;
}

function antiAffinityTerms(pod: Pod): readonly PodAffinityTerm[] {
  return pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
}

/** Does this term of `holder` speak of `other`? */
function repels(holder: Pod, term: PodAffinityTerm, other: Pod): boolean {
  const namespaces = term.namespaces ?? [holder.metadata.namespace ?? ""];
  return (
    namespaces.includes(other.metadata.namespace ?? "") &&
    matchesSelector(term.labelSelector, other.metadata.labels)
  );
}

function rejectAntiAffinity(attempt: Attempt, node: Node): Rejection {
  for (const term of antiAffinityTerms(attempt.pod)) {
    const domain = domainOf(node, term.topologyKey);
    if (
      domain !== undefined &&
      podsInDomain(attempt, term.topologyKey, domain).some((other) => repels(attempt.pod, term, other))
    ) {
      return ["node(s) didn't match pod anti-affinity rules"];
    }
  }
  return attempt.repellers.some((holder) => keepsAway(attempt, holder, node))
    ? ["node(s) didn't satisfy existing pods anti-affinity rules"]
    : fits;
}

/** Bound, unfinished pods on the nodes of one topology domain. */
function podsInDomain({ cluster, usages }: Attempt, topologyKey: string, domain: string): readonly Pod[] {
  return cluster.stores.nodes
    .all()
    .filter((node) => domainOf(node, topologyKey) === domain)
    .flatMap((node) => usages.of(node.metadata.name).pods);
}

function keepsAway({ cluster, pod }: Attempt, holder: Pod, node: Node): boolean {
  const place = cluster.stores.nodes.get(undefined, holder.spec.nodeName ?? "");
  if (place === undefined) return false;
  return antiAffinityTerms(holder).some((term) => {
    const domain = domainOf(place, term.topologyKey);
    return domain !== undefined && domain === domainOf(node, term.topologyKey) && repels(holder, term, pod);
  });
}
