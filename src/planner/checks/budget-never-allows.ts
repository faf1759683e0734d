import type { Budget } from "#model/objects.ts";
import { budgetRef, budgetsOf, countsAgainst, neverAllows } from "#rules/budgets.ts";
import { type Draft, movingPods } from "../draft.ts";
import type { Check } from "./check.ts";

/** Waiting would not help: the budget wants all the pods there are. */
export const budgetNeverAllows: Check = {
  codes: ["B-BUDGET-NEVER-ALLOWS"],
  find: (draft) =>
    budgetsInTheWay(draft)
      .filter(neverAllows)
      .map((budget) => ({
        code: "B-BUDGET-NEVER-ALLOWS",
        object: budgetRef(budget),
        message: `budget ${budget.namespace}/${budget.name} never allows a disruption: ${whyNever(budget)}`,
      })),
};

function whyNever(budget: Budget): string {
  if (budget.condition?.reason === "SyncFailed") {
    return `its controller cannot count the pods (${budget.condition.message})`;
  }
  return `it wants ${budget.desiredHealthy} healthy pods of ${budget.expectedPods} (${wording(budget)})`;
}

function wording({ minAvailable, maxUnavailable }: Budget): string {
  return minAvailable !== null ? `minAvailable ${minAvailable}` : `maxUnavailable ${maxUnavailable}`;
}

/** Budgets that count the eviction of at least one moving pod, each once. */
export function budgetsInTheWay(draft: Draft): readonly Budget[] {
  const found = new Map<string, Budget>();
  for (const { pod } of movingPods(draft)) {
    for (const budget of budgetsOf(pod, draft.snapshot)) {
      if (countsAgainst(budget, pod)) found.set(budget.uid, budget);
    }
  }
  return [...found.values()];
}
