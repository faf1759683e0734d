import type { Code } from "#model/codes.ts";
import type { Pod } from "#model/objects.ts";
import type { Finding } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";

/** node: the pod's node is drained. pods: the pod is a Pods target's, and its node stays. */
export interface JudgeContext {
  readonly snapshot: Snapshot;
  readonly spec: Spec;
  readonly scope: "node" | "pods";
}

/** What one filter says about a pod. `warning` is kept whatever later filters say. */
export type FilterVerdict =
  /** awaitsNode: only its node's successor has a place for it. */
  | { readonly kind: "include"; readonly warning?: Finding; readonly awaitsNode?: boolean }
  /** awaited: its node is not empty before it is gone. */
  | { readonly kind: "stay"; readonly code: Code; readonly awaited: boolean }
  | { readonly kind: "block"; readonly finding: Finding };

export type PodFilter = (pod: Pod, context: JudgeContext) => FilterVerdict;

export const INCLUDE: FilterVerdict = { kind: "include" };

/** Blocks, or where the spec has accepted it includes with the same finding as a warning. */
export function blockUnless(accepted: boolean, finding: Finding): FilterVerdict {
  if (!accepted) return { kind: "block", finding };
  return { kind: "include", warning: { ...finding, accepted: true } };
}
