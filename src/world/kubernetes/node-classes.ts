import type { Cluster } from "./cluster.ts";
import { isWantedNode } from "./node-affinity.ts";
import type { NodeUsage, UsageCache } from "./node-usage.ts";
import { isTolerated, unschedulableTaint } from "./taints.ts";
import type { Node, Pod } from "./types.ts";

/** Why a node cannot take a pod, in the scheduler's words; empty: it can. First failing filter only. */
export type Rejection = readonly string[];

export const fits: Rejection = [];

/** What the nodes' specs and labels alone say about pods with the same tolerations, selector and affinity. */
export interface NodeClass {
  /** In the order of the nodes. */
  readonly rejections: readonly Rejection[];
  /** In the order of the nodes; each tells the present. */
  readonly usages: readonly NodeUsage[];
  /** Values of a topology key on nodes that match the node affinity, cordoned and tainted ones too. */
  domains(topologyKey: string): ReadonlySet<string>;
}

const limit = 256;

/** Keeps what specs and labels say until a node's change: most pods are placed between two changes of nodes. */
export class NodeClasses {
  private readonly cluster: Cluster;
  private readonly usages: UsageCache;
  private readonly classes = new Map<string, NodeClass>();

  constructor(cluster: Cluster, usages: UsageCache) {
    this.cluster = cluster;
    this.usages = usages;
    cluster.stores.nodes.log.observe(({ type, object, previous }) => {
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
    if (this.classes.size >= limit) this.classes.clear();
    const found = classify(this.cluster.stores.nodes.all(), this.usages, pod);
    this.classes.set(key, found);
    return found;
  }
}

function classify(nodes: readonly Node[], usages: UsageCache, pod: Pod): NodeClass {
  const known = new Map<string, ReadonlySet<string>>();
  return {
    rejections: nodes.map((node) => rejectByNode(pod, node)),
    usages: nodes.map((node) => usages.of(node.metadata.name)),
    domains(topologyKey) {
      const before = known.get(topologyKey);
      if (before !== undefined) return before;
      const found = new Set<string>();
      for (const node of nodes) {
        const domain = node.metadata.labels?.[topologyKey];
        if (domain !== undefined && isWantedNode(pod.spec, node)) found.add(domain);
      }
      known.set(topologyKey, found);
      return found;
    },
  };
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
