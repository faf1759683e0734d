import { budgetRef, isObserved, neverAllows } from "#rules/budgets.ts";
import { budgetsInTheWay } from "./budget-never-allows.ts";
import type { Check } from "./check.ts";

/** Nothing is allowed at the moment; apply waits until it is. */
export const budgetWaits: Check = {
  codes: ["W-BUDGET-WAITS"],
  find: (draft) =>
    budgetsInTheWay(draft)
      .filter((budget) => !neverAllows(budget) && (budget.disruptionsAllowed <= 0 || !isObserved(budget)))
      .map((budget) => ({
        code: "W-BUDGET-WAITS",
        object: budgetRef(budget),
        message: isObserved(budget)
          ? `budget ${budget.namespace}/${budget.name} allows nothing now: ${budget.currentHealthy} healthy, ${budget.desiredHealthy} wanted; evictions wait for it`
          : `budget ${budget.namespace}/${budget.name} was changed and its controller has not caught up; evictions wait for it`,
      })),
};
