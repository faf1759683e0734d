import type {
  Excluded,
  Finding,
  Lane,
  ObservedBudget,
  ObservedGroup,
  ObservedNode,
  ObservedPod,
  ObservedWorkload,
  Step,
} from "./plan.ts";

/** How two plans differ: from `old` to `new`. What is not listed is the same in both. */
export interface PlanDiff {
  readonly kind: "PlanDiff";
  /** The digests are the same: whoever approved one plan has approved the other, and every list below is empty. */
  readonly isSame: boolean;
  readonly old: DiffedPlan;
  readonly new: DiffedPlan;
  /** Nodes and Pods targets as a whole; `from` and `to` of a move are positions among the lanes of both plans. */
  readonly lanes: readonly ItemChange<Lane>[];
  /** By step id; a move is one within its lane. Steps of a lane that came or went are listed too. */
  readonly steps: readonly ItemChange<Step>[];
  readonly findings: readonly ItemChange<DiffedFinding>[];
  readonly excluded: readonly ItemChange<Excluded>[];
  /** The resolved spec, defaults and all: "limits.maxUnavailableNodes". */
  readonly spec: readonly FieldChange[];
  readonly observed: {
    readonly nodes: readonly ItemChange<ObservedNode>[];
    readonly pods: readonly ItemChange<ObservedPod>[];
    readonly workloads: readonly ItemChange<ObservedWorkload>[];
    readonly budgets: readonly ItemChange<ObservedBudget>[];
    readonly groups: readonly ItemChange<ObservedGroup>[];
  };
  /** Everything else that the digest covers: "cluster.uid", "applyable". */
  readonly other: readonly FieldChange[];
}

export interface DiffedPlan {
  readonly name: string;
  readonly digest: string;
  readonly createdAt: string;
  readonly applyable: boolean;
}

export type DiffedFinding = Finding & { readonly severity: "blocker" | "warning" };

/** One field with its values; `from` or `to` is absent where the field was not there. */
export interface FieldChange {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}

/** One item of a list. One that moved and changed is listed twice. */
export type ItemChange<Item> =
  | { readonly kind: "added"; readonly item: Item }
  | { readonly kind: "removed"; readonly item: Item }
  /** Positions count from 1, among the items that both lists have. */
  | { readonly kind: "moved"; readonly item: Item; readonly from: number; readonly to: number }
  /** `item` as it is now. */
  | { readonly kind: "changed"; readonly item: Item; readonly fields: readonly FieldChange[] };
