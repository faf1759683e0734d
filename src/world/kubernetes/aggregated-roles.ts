import { isEqualJson } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import type { ClusterRole, PolicyRule } from "./rbac-types.ts";
import { matchesSelector } from "./selectors.ts";

/**
 * ClusterRoles with an aggregationRule have the rules of those that it selects.
 * Source: pkg/controller/clusterroleaggregation.
 */
export function runAggregatedRoles(cluster: Cluster): void {
  cluster.stores.clusterroles.log.observe(() => {
    cluster.agenda.once("clusterroles", 20, () => aggregateRoles(cluster));
  });
}

/** Once for all. One may select another that is aggregated itself: its change wakes the controller again. */
export function aggregateRoles({ stores: { clusterroles } }: Cluster): void {
  for (const role of clusterroles.all()) {
    if (role.aggregationRule === undefined) continue;
    const rules = gathered(role, clusterroles.all());
    if (!isEqualJson(rules, role.rules ?? [])) clusterroles.put({ ...role, rules });
  }
}

function gathered(role: ClusterRole, all: readonly ClusterRole[]): readonly PolicyRule[] {
  const found: PolicyRule[] = [];
  for (const selector of role.aggregationRule?.clusterRoleSelectors ?? []) {
    for (const { metadata, rules } of all) {
      if (metadata.name === role.metadata.name || !matchesSelector(selector, metadata.labels)) continue;
      for (const rule of rules ?? []) {
        if (!found.some((one) => isEqualJson(one, rule))) found.push(rule);
      }
    }
  }
  return found;
}
