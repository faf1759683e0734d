import type { Cluster } from "./cluster.ts";
import type { PodAffinityTerm } from "./pod-types.ts";
import { matchesSelector } from "./selectors.ts";

type Reach = Pick<PodAffinityTerm, "namespaces" | "namespaceSelector">;

/** Does a term look beyond the namespace of its pod? */
export function isFarReaching({ namespaces, namespaceSelector }: Reach): boolean {
  return (namespaces ?? []).length > 0 || namespaceSelector !== undefined;
}

/** Where a term of a pod's affinity looks for other pods: its own namespace where it does not say. */
export function namespacesOf(cluster: Cluster, term: Reach, own = ""): readonly string[] {
  if (!isFarReaching(term)) return [own];
  const { namespaces = [], namespaceSelector } = term;
  if (namespaceSelector === undefined) return namespaces;
  const selected = cluster.stores.namespaces
    .all()
    .filter(({ metadata }) => matchesSelector(namespaceSelector, metadata.labels))
    .map(({ metadata }) => metadata.name);
  return [...new Set([...namespaces, ...selected])];
}
