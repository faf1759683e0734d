import type { Cluster } from "./cluster.ts";
import { isWantedNode, namedNodes } from "./node-affinity.ts";
import type { NodeUsage, UsageCache } from "./node-usage.ts";
import { isTolerated, unschedulableTaint } from "./taints.ts";
import type { Node, Pod } from "./types.ts";

/** Why a node cannot take a pod, in the scheduler's words; empty: it can. First failing filter only. */
export type Rejection = readonly string[];

export const fits: Rejection = [];

/** What the nodes' specs and labels alone say about pods with the same tolerations, selector and affinity. */
export class NodeClass {
  /** The only nodes that the affinity names, as places among all nodes; undefined: it names none. */
  readonly named: readonly number[] | undefined;
  private readonly cluster: Cluster;
  private readonly usages: UsageCache;
  private readonly pod: Pod;
  private readonly known: (Known | undefined)[] = [];
  private readonly domainsByKey = new Map<string, ReadonlySet<string>>();

  constructor(cluster: Cluster, usages: UsageCache, places: ReadonlyMap<string, number>, pod: Pod) {
    this.cluster = cluster;
    this.usages = usages;
    this.pod = pod;
    this.named = namedNodes(pod.spec)?.flatMap((name) => places.get(name) ?? []);
  }

  /** `index` is the node's place among all nodes. */
  at(node: Node, index: number): Known {
    const before = this.known[index];
    if (before !== undefined) return before;
    const found = { rejection: rejectByNode(this.pod, node), usage: this.usages.of(node.metadata.name) };
    this.known[index] = found;
    return found;
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

interface Known {
  readonly rejection: Rejection;
  /** Tells the present, always. */
  readonly usage: NodeUsage;
}

const limit = 256;

/** Keeps what specs and labels say until a node's change: most pods are placed between two changes of nodes. */
export class NodeClasses {
  private readonly cluster: Cluster;
  private readonly usages: UsageCache;
  private readonly classes = new Map<string, NodeClass>();
  /** Node name → place among all nodes. */
  private places: ReadonlyMap<string, number> | undefined;

  constructor(cluster: Cluster, usages: UsageCache) {
    this.cluster = cluster;
    this.usages = usages;
    cluster.stores.nodes.log.observe(({ type, object, previous }) => {
      if (type !== "MODIFIED") this.places = undefined;
      const isSame =
        type === "MODIFIED" &&
        object.spec === previous?.spec &&
        object.metadata.labels === previous.metadata.labels;
      if (!isSame) this.classes.clear();
    });
  }

  of(pod: Pod): NodeClass {
    const { nodeSelector, tolerations, affinity } = pod.spec;
    const key = JSON.stringify([nodeSelector, tolerations, affinity?.nodeAffinity]);
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    this.places ??= new Map(
      this.cluster.stores.nodes.all().map(({ metadata }, index) => [metadata.name, index]),
    );
    if (this.classes.size >= limit) this.classes.clear();
    const found = new NodeClass(this.cluster, this.usages, this.places, pod);
    if (found.named === undefined) this.classes.set(key, found);
    return found;
  }
}

/** The filters that look at nothing but the node, in the order of the real scheduler's plugins. */
function rejectByNode(pod: Pod, node: Node): Rejection {
  const { tolerations } = pod.spec;
  if (node.spec.unschedulable === true && !isTolerated(unschedulableTaint, tolerations)) {
    return ["node(s) were unschedulable"];
  }
  const isRefused = node.spec.taints?.some(
    (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations),
  );
  if (isRefused === true) return ["node(s) had untolerated taint(s)"];
  return isWantedNode(pod.spec, node) ? fits : ["node(s) didn't match Pod's node affinity/selector"];
}
