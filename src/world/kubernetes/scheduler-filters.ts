import { namespacesOf } from "./affinity-namespaces.ts";
import type { Cluster } from "./cluster.ts";
import { hostPortsOf, isPortTaken } from "./host-ports.ts";
import { isWantedNode, matchesNodeSelector } from "./node-affinity.ts";
import { fits, type NodeClass, NodeClasses, type Place, type Rejection } from "./node-classes.ts";
import type { Node } from "./node-types.ts";
import { type NodeUsage, UsageCache } from "./node-usage.ts";
import { antiAffinityTerms, PlacementCounts } from "./placement-counts.ts";
import { claimsOf } from "./pod-claims.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { NodeSelector, Pod, PodAffinityTerm, TopologySpreadConstraint } from "./pod-types.ts";
import { lackingOthers, type Requests, requestsOf } from "./resources.ts";
import { matchesSelector } from "./selectors.ts";
import { toleratesHardTaints } from "./taints.ts";

export type { Rejection } from "./node-classes.ts";

/** What the filters know about all pods, kept up to date by their changes. */
export interface Placements {
  readonly counts: PlacementCounts;
  readonly classes: NodeClasses;
}

export function watchPlacements(cluster: Cluster): Placements {
  const counts = new PlacementCounts(cluster);
  return { counts, classes: new NodeClasses(cluster, new UsageCache(cluster)) };
}

/** Topology key → domains that are taken. */
type Domains = Map<string, Set<string>>;

/** One hard spread constraint, counted. */
interface Spread {
  readonly topologyKey: string;
  /** A domain may hold so many matching pods before this one. */
  readonly most: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** What one attempt to place one pod looks at: everything that is the same for every node. */
export interface Attempt {
  readonly pod: Pod;
  readonly wanted: Requests;
  readonly nodeClass: NodeClass;
  /** Is a port of a node that the pod wants for itself taken there? */
  readonly arePortsTaken: ((node: Node) => boolean) | undefined;
  /** Why no node at all can take it, whatever the nodes are; undefined: nothing speaks against all of them. */
  readonly barrier: string | undefined;
  /** Node affinities of the volumes that its claims are bound to. */
  readonly volumes: readonly NodeSelector[];
  readonly spreads: readonly Spread[];
  /** Where pods are that this one does not want beside it. */
  readonly avoided: Domains;
  /** Where pods are that do not want this one beside them. */
  readonly forbidden: Domains;
  /** Each term of its affinity: where the pods are that it wants beside it; undefined: it is the first itself. */
  readonly sought: readonly {
    readonly topologyKey: string;
    readonly domains: ReadonlySet<string> | undefined;
  }[];
  /** Neither volumes, spread nor other pods bind it. */
  readonly isFree: boolean;
}

/** Gathers once what the filters ask for every node. */
export function prepareAttempt(cluster: Cluster, placements: Placements, pod: Pod): Attempt {
  const nodeClass = placements.classes.of(pod);
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === "DoNotSchedule",
  );
  const { volumes, barrier } = claimsOf(cluster, pod);
  const avoided = avoidedDomains(cluster, pod);
  const forbidden = forbiddenDomains(cluster, placements.counts, pod);
  const sought = soughtDomains(cluster, pod);
  return {
    pod,
    wanted: requestsOf(pod.spec),
    nodeClass,
    arePortsTaken: portTest(cluster, pod),
    barrier,
    volumes,
    spreads: hard.map((constraint) => countSpread(cluster, pod, constraint, nodeClass)),
    avoided,
    forbidden,
    sought,
    isFree: volumes.length + hard.length + avoided.size + forbidden.size + sought.length === 0,
  };
}

/** undefined: it wants none. */
function portTest(cluster: Cluster, pod: Pod): Attempt["arePortsTaken"] {
  const wanted = hostPortsOf(pod.spec);
  if (wanted.length === 0) return undefined;
  const { pods } = cluster.stores;
  return ({ metadata }) =>
    isPortTaken(
      wanted,
      pods.onNode(metadata.name).filter((other) => !isFinished(other)),
    );
}

const portsTaken = "node(s) didn't have free ports for the requested pod ports";

/** Why a place cannot take the pod; empty: it can. */
export function rejectPlace(attempt: Attempt, { node, rejection, usage }: Place): Rejection {
  if (rejection.length > 0) return rejection;
  if (attempt.arePortsTaken?.(node) === true) return [portsTaken];
  const byResources = rejectResources(attempt.wanted, usage);
  if (byResources.length > 0 || attempt.isFree) return byResources;
  if (!attempt.volumes.every((required) => matchesNodeSelector(required, node))) {
    return ["node(s) didn't match PersistentVolume's node affinity"];
  }
  if (!attempt.spreads.every((spread) => keepsSkew(spread, node))) {
    return ["node(s) didn't match pod topology spread constraints"];
  }
  if (!attempt.sought.every((term) => isBeside(term, node))) {
    return ["node(s) didn't match pod affinity rules"];
  }
  if (isIn(attempt.avoided, node)) return ["node(s) didn't match pod anti-affinity rules"];
  if (isIn(attempt.forbidden, node)) return ["node(s) didn't satisfy existing pods anti-affinity rules"];
  return fits;
}

const movable: readonly string[] = [
  "Too many pods",
  portsTaken,
  "node(s) didn't match pod anti-affinity rules",
  "node(s) didn't satisfy existing pods anti-affinity rules",
  "node(s) didn't match pod topology spread constraints",
];

/** Whether evicting pods could help; the rest is what preemption cannot solve: also a node that is too small. */
export function isResolvableByPreemption(
  { wanted }: Attempt,
  { usage, rejection }: Place,
  why: Rejection,
): boolean {
  if (rejection.length > 0) return false;
  const { cpu, memory, others } = usage.allocatable;
  if (wanted.cpu > cpu || wanted.memory > memory) return false;
  if (lackingOthers(wanted.others, undefined, others).length > 0) return false;
  return why.some((reason) => reason.startsWith("Insufficient") || movable.includes(reason));
}

function rejectResources(wanted: Requests, usage: NodeUsage): Rejection {
  const { cpu, memory, pods, others } = usage.allocatable;
  const isFull = usage.count + 1 > pods;
  const lacksCpu = wanted.cpu > 0 && usage.cpu + wanted.cpu > cpu;
  const lacksMemory = wanted.memory > 0 && usage.memory + wanted.memory > memory;
  if (!isFull && !lacksCpu && !lacksMemory && wanted.others === undefined) return fits;
  return [
    ...(isFull ? ["Too many pods"] : []),
    ...(lacksCpu ? ["Insufficient cpu"] : []),
    ...(lacksMemory ? ["Insufficient memory"] : []),
    ...lackingOthers(wanted.others, usage.others, others).map((name) => `Insufficient ${name}`),
  ];
}

function domainOf(node: Node, topologyKey: string): string | undefined {
  return node.metadata.labels?.[topologyKey];
}

function countSpread(
  cluster: Cluster,
  pod: Pod,
  constraint: TopologySpreadConstraint,
  nodeClass: NodeClass,
): Spread {
  const { topologyKey, labelSelector, maxSkew, minDomains = 1 } = constraint;
  const isCounted = inclusionOf(constraint, pod);
  const counts = new Map<string, number>();
  for (const other of cluster.stores.pods.matching(pod.metadata.namespace ?? "", labelSelector)) {
    if (isTerminating(other)) continue;
    const node = placeOf(cluster, other);
    const domain = node === undefined ? undefined : domainOf(node, topologyKey);
    if (node === undefined || domain === undefined || !isCounted(node)) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + 1);
  }
  const domains = isUsual(constraint)
    ? nodeClass.domains(topologyKey).size
    : domainsAmong(cluster.stores.nodes.all().filter(isCounted), topologyKey);
  const isEmptySomewhere = counts.size < Math.max(domains, minDomains);
  const least = isEmptySomewhere || counts.size === 0 ? 0 : Math.min(...counts.values());
  const self = matchesSelector(labelSelector, pod.metadata.labels) ? 1 : 0;
  return { topologyKey, counts, most: least + maxSkew - self };
}

function isUsual({ nodeAffinityPolicy, nodeTaintsPolicy }: TopologySpreadConstraint): boolean {
  return nodeAffinityPolicy !== "Ignore" && nodeTaintsPolicy !== "Honor";
}

/** Which nodes a constraint looks at. Source: podtopologyspread matchNodeInclusionPolicies. */
function inclusionOf(constraint: TopologySpreadConstraint, { spec }: Pod): (node: Node) => boolean {
  const { nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
  return (node) =>
    (nodeAffinityPolicy === "Ignore" || isWantedNode(spec, node)) &&
    (nodeTaintsPolicy !== "Honor" || toleratesHardTaints(node, spec.tolerations));
}

function domainsAmong(nodes: readonly Node[], topologyKey: string): number {
  return new Set(nodes.flatMap((node) => domainOf(node, topologyKey) ?? [])).size;
}

function keepsSkew({ topologyKey, counts, most }: Spread, node: Node): boolean {
  const domain = domainOf(node, topologyKey);
  return domain !== undefined && (counts.get(domain) ?? 0) <= most;
}

/** The node that an unfinished pod is bound to. */
function placeOf(cluster: Cluster, pod: Pod): Node | undefined {
  const { nodeName } = pod.spec;
  return nodeName === undefined || isFinished(pod)
    ? undefined
    : cluster.stores.nodes.get(undefined, nodeName);
}

function avoidedDomains(cluster: Cluster, pod: Pod): Domains {
  const domains: Domains = new Map();
  for (const term of antiAffinityTerms(pod)) {
    for (const namespace of namespacesOf(cluster, term, pod.metadata.namespace)) {
      for (const other of cluster.stores.pods.matching(namespace, term.labelSelector)) {
        const node = placeOf(cluster, other);
        if (node !== undefined) take(domains, term.topologyKey, node);
      }
    }
  }
  return domains;
}

/** Source: interpodaffinity satisfyPodAffinity: the first of a group that wants its own kind may go anywhere. */
function soughtDomains(cluster: Cluster, pod: Pod): Attempt["sought"] {
  const terms = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const sought = terms.map((term) => {
    const domains: Domains = new Map();
    for (const namespace of namespacesOf(cluster, term, pod.metadata.namespace)) {
      for (const other of cluster.stores.pods.matching(namespace, term.labelSelector)) {
        const node = placeOf(cluster, other);
        if (node !== undefined) take(domains, term.topologyKey, node);
      }
    }
    const found = domains.get(term.topologyKey) ?? new Set<string>();
    return { topologyKey: term.topologyKey, domains: found, isOwn: matchesOwn(cluster, term, pod) };
  });
  const isFirst = sought.every(({ domains, isOwn }) => domains.size === 0 && isOwn);
  return sought.map(({ topologyKey, domains }) => ({ topologyKey, domains: isFirst ? undefined : domains }));
}

function matchesOwn(cluster: Cluster, term: PodAffinityTerm, { metadata }: Pod): boolean {
  const isNear = namespacesOf(cluster, term, metadata.namespace).includes(metadata.namespace ?? "");
  return isNear && matchesSelector(term.labelSelector, metadata.labels);
}

function isBeside({ topologyKey, domains }: Attempt["sought"][number], node: Node): boolean {
  const domain = domainOf(node, topologyKey);
  return domain !== undefined && (domains === undefined || domains.has(domain));
}

function forbiddenDomains(cluster: Cluster, counts: PlacementCounts, pod: Pod): Domains {
  const domains: Domains = new Map();
  const { namespace, labels } = pod.metadata;
  for (const group of counts.repellingIn(namespace ?? "")) {
    for (const term of group.terms) {
      const isMeant = namespacesOf(cluster, term, group.namespace).includes(namespace ?? "");
      if (!isMeant || !matchesSelector(term.labelSelector, labels)) continue;
      for (const name of group.nodes.keys()) {
        const node = cluster.stores.nodes.get(undefined, name);
        if (node !== undefined) take(domains, term.topologyKey, node);
      }
    }
  }
  return domains;
}

function take(domains: Domains, topologyKey: string, node: Node): void {
  const domain = domainOf(node, topologyKey);
  if (domain === undefined) return;
  const taken = domains.get(topologyKey) ?? new Set<string>();
  domains.set(topologyKey, taken.add(domain));
}

function isIn(domains: Domains, node: Node): boolean {
  for (const [topologyKey, taken] of domains) {
    const domain = domainOf(node, topologyKey);
    if (domain !== undefined && taken.has(domain)) return true;
  }
  return false;
}
