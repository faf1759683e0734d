import type { Condition, LabelSelector, Labels, Resource } from "./object-types.ts";

/** What the disruption controller says, and evictions spend. */
export interface BudgetStatus {
  readonly observedGeneration?: number;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  readonly disruptedPods?: Labels;
  readonly conditions?: readonly Condition[];
}

/** A PodDisruptionBudget. */
export interface Budget extends Resource {
  readonly spec: {
    readonly minAvailable?: number | string;
    readonly maxUnavailable?: number | string;
    readonly selector?: LabelSelector;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status: BudgetStatus;
}
