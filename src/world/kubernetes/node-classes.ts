import type { Cluster } from "./cluster.ts";
import { isWantedNode, namedNodes } from "./node-affinity.ts";
import type { Node } from "./node-types.ts";
import type { NodeUsage, UsageCache } from "./node-usage.ts";
import type { Pod, PodSpec } from "./pod-types.ts";
import { isTolerated, toleratesHardTaints, unschedulableTaint } from "./taints.ts";
import { largeCluster, zoneOf, zonesInTurn } from "./zones-in-turn.ts";

/** Why a node cannot take a pod, in the scheduler's words; empty: it can. First failing filter only. */
export type Rejection = readonly string[];

export const fits: Rejection = [];

/** A node as it is for one class of pods. */
export interface Place {
  /** Its spec and labels are those of the present, its status is not. */
  readonly node: Node;
  /** What specs and labels say. */
  readonly rejection: Rejection;
  /** Of the present, always. */
  readonly usage: NodeUsage;
}

/** What the nodes' specs and labels alone say about pods with the same tolerations, selector and affinity. */
export class NodeClass {
  /** The nodes that are looked at: all, or the only ones that the affinity names. In their order. */
  readonly places: Place[];
  /** So many nodes are not looked at. */
  readonly passedOver: number;
  private readonly cluster: Cluster;
  private readonly pod: Pod;
  private readonly usages: UsageCache;
  private known: readonly Place[] | undefined;
  /** Kept until a node is in another zone: most changes of nodes are not of that. */
  private order: readonly number[] | undefined;
  private readonly domainsByKey = new Map<string, ReadonlySet<string>>();

  constructor(cluster: Cluster, usages: UsageCache, pod: Pod) {
    this.cluster = cluster;
    this.pod = pod;
    this.usages = usages;
    const { nodes } = cluster.stores;
    const named = namedNodes(pod.spec)?.flatMap((name) => nodes.get(undefined, name) ?? []);
    this.places = (named ?? nodes.all()).map((node) => this.placeOf(node));
    this.passedOver = named === undefined ? 0 : nodes.size - named.length;
  }

  /** Those that nothing speaks against so far. */
  get fitting(): readonly Place[] {
    this.known ??= this.inTurn().filter(({ rejection }) => rejection.length === 0);
    return this.known;
  }

  /** Of a small cluster in their order. */
  private inTurn(): readonly Place[] {
    const { places } = this;
    if (places.length < largeCluster) return places;
    this.order ??= zonesInTurn(places.map(({ node }) => node));
    return this.order.flatMap((index) => places[index] ?? []);
  }

  /** A node has another spec or other labels; `index` is its place among all. */
  update(node: Node, index: number): void {
    const before = this.places[index];
    if (before === undefined || zoneOf(before.node) !== zoneOf(node)) this.order = undefined;
    this.places[index] = this.placeOf(node);
    this.known = undefined;
    this.domainsByKey.clear();
  }

  private placeOf(node: Node): Place {
    return { node, rejection: rejectByNode(this.pod, node), usage: this.usages.of(node.metadata.name) };
  }

  /** Values of a topology key on nodes that match the node affinity, cordoned and tainted ones too. */
  domains(topologyKey: string): ReadonlySet<string> {
    const before = this.domainsByKey.get(topologyKey);
    if (before !== undefined) return before;
    const found = new Set<string>();
    for (const node of this.cluster.stores.nodes.all()) {
      const domain = node.metadata.labels?.[topologyKey];
      if (domain !== undefined && isWantedNode(this.pod.spec, node)) found.add(domain);
    }
    this.domainsByKey.set(topologyKey, found);
    return found;
  }
}

const limit = 256;

/** Keeps what specs and labels say until a node's change: most pods are placed between two changes of nodes. */
export class NodeClasses {
  private readonly cluster: Cluster;
  private readonly usages: UsageCache;
  private readonly classes = new Map<string, NodeClass>();
  /** Node name → place among all nodes. */
  private indexes: ReadonlyMap<string, number> | undefined;

  constructor(cluster: Cluster, usages: UsageCache) {
    this.cluster = cluster;
    this.usages = usages;
    cluster.stores.nodes.log.observe(({ type, object, previous }) => {
      if (type !== "MODIFIED") {
        this.indexes = undefined;
        this.classes.clear();
      } else if (object.spec !== previous?.spec || object.metadata.labels !== previous.metadata.labels) {
        this.update(object);
      }
    });
  }

  private update(node: Node): void {
    this.indexes ??= new Map(
      this.cluster.stores.nodes.all().map(({ metadata }, index) => [metadata.name, index]),
    );
    const index = this.indexes.get(node.metadata.name);
    for (const known of this.classes.values()) if (index !== undefined) known.update(node, index);
  }

  of(pod: Pod): NodeClass {
    const key = classKeyOf(pod.spec);
    if (key === undefined) return new NodeClass(this.cluster, this.usages, pod);
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    if (this.classes.size >= limit) this.classes.clear();
    const found = new NodeClass(this.cluster, this.usages, pod);
    this.classes.set(key, found);
    return found;
  }
}

const classKeys = new WeakMap<PodSpec, string>();

/**
 * What a class has alike; undefined for pods that name their nodes. Pods of one template share their spec
 * until they are bound, so this is worked out once for all of them.
 */
function classKeyOf(spec: PodSpec): string | undefined {
  const known = classKeys.get(spec);
  if (known !== undefined) return known;
  if (namedNodes(spec) !== undefined) return undefined;
  const { nodeSelector, tolerations, affinity } = spec;
  const key = JSON.stringify([nodeSelector, tolerations, affinity?.nodeAffinity]);
  classKeys.set(spec, key);
  return key;
}

/** The filters that look at nothing but the node, in the order of the real scheduler's plugins. */
function rejectByNode(pod: Pod, node: Node): Rejection {
  const { tolerations } = pod.spec;
  if (node.spec.unschedulable === true && !isTolerated(unschedulableTaint, tolerations)) {
    return ["node(s) were unschedulable"];
  }
  if (!toleratesHardTaints(node, tolerations)) return ["node(s) had untolerated taint(s)"];
  return isWantedNode(pod.spec, node) ? fits : ["node(s) didn't match Pod's node affinity/selector"];
}
