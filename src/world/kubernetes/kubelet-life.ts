import type { Cluster } from "./cluster.ts";

/** Does the node exist, and does its kubelet still do anything? */
export function isKubeletAlive(cluster: Cluster, node: string): boolean {
  return !cluster.deadKubelets.has(node) && cluster.stores.nodes.get(undefined, node) !== undefined;
}
