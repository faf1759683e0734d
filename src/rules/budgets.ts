import type { Budget, ObjectRef, Pod } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { podsSelected } from "./candidates.ts";
import { byText } from "./compare.ts";
import { matchesSelector } from "./selector.ts";

/**
 * The disruption budgets over a pod, by name. The empty selector matches every pod of its namespace.
 * Source: policy/v1; measured on kube-apiserver v1.36.
 */
export function budgetsOf(pod: Pod, snapshot: Snapshot): readonly Budget[] {
  return [...snapshot.budgetsThatMaySelect(pod.namespace, pod.labels)]
    .filter((budget) => matchesSelector(budget.selector, pod.labels))
    .sort(byText((budget) => budget.name));
}

/** The status speaks of the spec as it is now; else it must not be believed. */
export function isObserved(budget: Budget): boolean {
  return budget.observedGeneration >= budget.generation;
}

/**
 * Would allow nothing even with every pod healthy: it wants as many healthy pods as there are, or
 * its controller cannot count them (a controller without scale subresource). Judged by the numbers
 * wanted and expected, because the server lowers disruptionsAllowed at each eviction before the
 * counts of healthy pods follow. False while the status is out of date.
 */
export function neverAllows(budget: Budget): boolean {
  if (!isObserved(budget) || budget.disruptionsAllowed > 0) return false;
  if (budget.condition?.reason === "SyncFailed") return true;
  return budget.expectedPods > 0 && budget.desiredHealthy >= budget.expectedPods;
}

/**
 * Does the eviction of this pod count against the budget? Pods that are not Ready may go past it:
 * pending ones always, running ones by unhealthyPodEvictionPolicy; a policy that is not known holds.
 * Source: policy/v1 types and the eviction handler; measured.
 */
export function countsAgainst(budget: Budget, pod: Pod): boolean {
  if (pod.phase === "Pending") return false;
  if (pod.ready) return true;
  switch (budget.unhealthyPodEvictionPolicy) {
    case "AlwaysAllow":
      return false;
    case "":
    case "IfHealthyBudget":
      return budget.currentHealthy < budget.desiredHealthy || budget.desiredHealthy === 0;
    default:
      return true;
  }
}

/** Its healthy pods as the snapshot shows them, whatever its status says. */
export function countHealthy(budget: Budget, snapshot: Snapshot): number {
  let count = 0;
  for (const pod of podsSelected(budget.selector, budget.namespace, snapshot))
    if (pod.ready && pod.deletionAt === null) count += 1;
  return count;
}

export function budgetRef(budget: Budget): ObjectRef {
  return {
    kind: "PodDisruptionBudget",
    namespace: budget.namespace,
    name: budget.name,
    uid: budget.uid,
  };
}
