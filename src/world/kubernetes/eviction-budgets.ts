import type { Budget } from "./budget-types.ts";
import type { Cluster } from "./cluster.ts";
import type { Pod } from "./pod-types.ts";

/** The budgets that guard a pod at eviction; a pod without labels has none. Source: eviction.go getPodDisruptionBudgets. */
export function budgetsOfPod(cluster: Cluster, pod: Pod): readonly Budget[] {
  const { labels, namespace } = pod.metadata;
  if (labels === undefined || Object.keys(labels).length === 0) return [];
  return cluster.stores.poddisruptionbudgets.selecting(namespace ?? "", labels);
}
