import { budgetsOf } from "../budgets.ts";
import { podRef } from "../pod-facts.ts";
import { INCLUDE, type PodFilter } from "./filter.ts";

/** The eviction API answers 500 for a pod under more than one budget, whatever they allow; it asks none for a Pending one. */
export const twoBudgets: PodFilter = (pod, { snapshot }) => {
  if (pod.phase === "Pending") return INCLUDE;
  const budgets = budgetsOf(pod, snapshot);
  if (budgets.length < 2) return INCLUDE;
  const names = budgets.map((budget) => budget.name).join(", ");
  return {
    kind: "block",
    finding: {
      code: "B-TWO-BUDGETS",
      object: podRef(pod),
      message: `pod ${pod.namespace}/${pod.name} is under ${budgets.length} budgets (${names}): the server refuses to evict it until only one selects it`,
    },
  };
};
