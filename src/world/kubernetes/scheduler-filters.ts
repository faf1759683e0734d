import type { Cluster } from "./cluster.ts";
import { isWantedNode, matchesNodeSelector } from "./node-affinity.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import { amount, requestsOf } from "./resources.ts";
import { matchesSelector } from "./selectors.ts";
import { isTolerated, unschedulableTaint } from "./taints.ts";
import type { Node, Pod, PodAffinityTerm, TopologySpreadConstraint } from "./types.ts";

/** Why a node cannot take a pod, in the scheduler's words; empty: it can. First failing filter only. */
export type Rejection = readonly string[];

const fits: Rejection = [];

/** Filters in the order of the real scheduler's plugins. */
const filters: readonly ((cluster: Cluster, pod: Pod, node: Node) => Rejection)[] = [
  (_cluster, pod, node) =>
    node.spec.unschedulable === true && !isTolerated(unschedulableTaint, pod.spec.tolerations)
      ? ["node(s) were unschedulable"]
      : fits,
  (_cluster, pod, node) => rejectTaints(pod, node),
  (_cluster, pod, node) =>
    isWantedNode(pod.spec, node) ? fits : ["node(s) didn't match Pod's node affinity/selector"],
  rejectResources,
  rejectVolumes,
  rejectSpread,
  rejectAntiAffinity,
];

export function rejectNode(cluster: Cluster, pod: Pod, node: Node): Rejection {
  for (const filter of filters) {
    const rejection = filter(cluster, pod, node);
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

/** Pods that hold resources of a node: all that are bound and not finished, terminating ones too. */
export function occupants(cluster: Cluster, node: string): readonly Pod[] {
  return cluster.stores.pods.onNode(node).filter((pod) => !isFinished(pod));
}

function rejectResources(cluster: Cluster, pod: Pod, node: Node): Rejection {
  const bound = occupants(cluster, node.metadata.name);
  const reasons: string[] = [];
  const { allocatable } = node.status;
  if (bound.length + 1 > amount(allocatable, "pods")) reasons.push("Too many pods");
  const wanted = requestsOf(pod.spec);
  let { cpu, memory } = wanted;
  for (const other of bound) {
    const used = requestsOf(other.spec);
    cpu += used.cpu;
    memory += used.memory;
  }
  if (wanted.cpu > 0 && cpu > amount(allocatable, "cpu") * 1000) reasons.push("Insufficient cpu");
  if (wanted.memory > 0 && memory > amount(allocatable, "memory")) reasons.push("Insufficient memory");
  return reasons;
}

function rejectVolumes(cluster: Cluster, pod: Pod, node: Node): Rejection {
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

/** Bound, unfinished pods on the nodes of one topology domain. */
function podsInDomain(cluster: Cluster, topologyKey: string, domain: string): readonly Pod[] {
  return cluster.stores.nodes
    .all()
    .filter((node) => domainOf(node, topologyKey) === domain)
    .flatMap((node) => occupants(cluster, node.metadata.name));
}

function rejectSpread(cluster: Cluster, pod: Pod, node: Node): Rejection {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(
    (constraint) => constraint.whenUnsatisfiable === "DoNotSchedule",
  );
  return hard.every((constraint) => keepsSkew(cluster, pod, node, constraint))
    ? fits
    : ["node(s) didn't match pod topology spread constraints"];
}

/** Domains of nodes that match the pod's node affinity count, cordoned ones too (nodeTaintsPolicy Ignore). */
function keepsSkew(cluster: Cluster, pod: Pod, node: Node, constraint: TopologySpreadConstraint): boolean {
  const own = domainOf(node, constraint.topologyKey);
  if (own === undefined) return false;
  const counts = new Map<string, number>();
  for (const candidate of cluster.stores.nodes.all()) {
    const domain = domainOf(candidate, constraint.topologyKey);
    if (domain === undefined || !isWantedNode(pod.spec, candidate)) continue;
    const matching = occupants(cluster, candidate.metadata.name).filter(
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

function rejectAntiAffinity(cluster: Cluster, pod: Pod, node: Node): Rejection {
  for (const term of antiAffinityTerms(pod)) {
    const domain = domainOf(node, term.topologyKey);
    if (domain === undefined) continue;
    if (podsInDomain(cluster, term.topologyKey, domain).some((other) => repels(pod, term, other))) {
      return ["node(s) didn't match pod anti-affinity rules"];
    }
  }
  return isRepelledByBoundPods(cluster, pod, node)
    ? ["node(s) didn't satisfy existing pods anti-affinity rules"]
    : fits;
}

function isRepelledByBoundPods(cluster: Cluster, pod: Pod, node: Node): boolean {
  const peers = cluster.stores.pods.inNamespace(pod.metadata.namespace ?? "");
  return peers.some((holder) => {
    const terms = antiAffinityTerms(holder);
    if (terms.length === 0 || holder.spec.nodeName === undefined || isFinished(holder)) return false;
    const place = cluster.stores.nodes.get(undefined, holder.spec.nodeName);
    if (place === undefined) return false;
    return terms.some(
      (term) =>
        repels(holder, term, pod) &&
        domainOf(place, term.topologyKey) !== undefined &&
        domainOf(place, term.topologyKey) === domainOf(node, term.topologyKey),
    );
  });
}
