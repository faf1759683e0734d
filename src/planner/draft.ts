import type { Access } from "#model/access.ts";
import type { Node, ObjectRef, Pod, ScalingGroup } from "#model/objects.ts";
import type { NodeLane, PodsLane } from "#model/plan.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { Spec } from "#model/spec.ts";
import type { PodVerdict } from "#rules/judge-pod.ts";

/** A pod of a lane with what the rules say about it. */
export interface JudgedPod {
  readonly pod: Pod;
  readonly owner: ObjectRef | null;
  readonly verdict: PodVerdict;
}

export interface NodeDraft {
  readonly kind: "node";
  readonly lane: NodeLane;
  readonly node: Node;
  /** "" where the node has none. */
  readonly instanceId: string;
  /** The group of the instance; null where none is known. */
  readonly group: ScalingGroup | null;
  /** In the spec's order. */
  readonly pods: readonly JudgedPod[];
}

export interface PodsDraft {
  readonly kind: "pods";
  readonly lane: PodsLane;
  readonly pods: readonly JudgedPod[];
}

export type LaneDraft = NodeDraft | PodsDraft;

/** Everything that is decided before steps are written: what the checks look at. */
export interface Draft {
  readonly spec: Spec;
  readonly snapshot: Snapshot;
  readonly lanes: readonly LaneDraft[];
  /** Where the auto scaling groups were read; null where none were. */
  readonly region: string | null;
  readonly missingPermissions: readonly Access[];
}

/** Pods that move, and those that would if nothing blocked them: a blocked plan shows them too. */
export function isMoving({ verdict }: JudgedPod): boolean {
  return verdict.kind !== "stay";
}

export function movingPods(draft: Draft): readonly JudgedPod[] {
  return draft.lanes.flatMap((lane) => lane.pods.filter(isMoving));
}

export function nodeDrafts(draft: Draft): readonly NodeDraft[] {
  return draft.lanes.filter((lane) => lane.kind === "node");
}

/** Groups in which the plan terminates instances, each once. */
export function groupsTerminatedIn(draft: Draft): readonly ScalingGroup[] {
  if (draft.spec.replace.mode !== "terminate") return [];
  const groups = new Map<string, ScalingGroup>();
  for (const { group } of nodeDrafts(draft)) if (group) groups.set(group.name, group);
  return [...groups.values()];
}
