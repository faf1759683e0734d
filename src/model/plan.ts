import type { Code } from "./codes.ts";
import type { ObjectRef } from "./objects.ts";
import type { Spec } from "./spec.ts";

/** Unknown minor fields are ignored, an unknown major is refused. Never the tool's version. */
export const PLAN_FORMAT_VERSION = "1.0";

/** The plan file. `digest` covers `content` and is what people approve; `checksum` covers the rest too. */
export interface Plan {
  readonly formatVersion: string;
  readonly kind: "Plan";
  /** "sha256:" + 64 hex digits over the canonical JSON (RFC 8785) of `content`. */
  readonly digest: string;
  readonly content: PlanContent;
  readonly meta: PlanMeta;
  /** "sha256:" + 64 hex digits over the canonical JSON of everything but itself. */
  readonly checksum: string;
}

/** What differs between two plans of the same thing. Not covered by the digest. */
export interface PlanMeta {
  readonly createdAt: string;
  /** A run may not start later than this; it may always be resumed. */
  readonly expiresAt: string;
  readonly dextreVersion: string;
  readonly context: string;
}

export interface PlanContent {
  readonly name: string;
  readonly cluster: PlannedCluster;
  readonly spec: Spec;
  readonly observed: Observed;
  readonly excluded: readonly Excluded[];
  readonly checks: readonly Code[];
  readonly blockers: readonly Finding[];
  readonly warnings: readonly Finding[];
  /** False where there are blockers: such a plan can be read, not applied. */
  readonly applyable: boolean;
  readonly lanes: readonly Lane[];
  readonly steps: readonly Step[];
}

export interface PlannedCluster {
  /** UID of namespace kube-system. */
  readonly uid: string;
  readonly server: string;
  readonly caFingerprint: string;
  /** The tag KubernetesCluster of the groups in which instances are terminated, else "". For people. */
  readonly name: string;
  /** null where the plan terminates nothing. */
  readonly aws: { readonly accountId: string; readonly region: string } | null;
  readonly nodeCount: number;
}

/** The observed objects with the fields that a plan depends on, so that drift can be named. Sorted. */
export interface Observed {
  readonly nodes: readonly ObservedNode[];
  readonly pods: readonly ObservedPod[];
  readonly workloads: readonly ObservedWorkload[];
  readonly budgets: readonly ObservedBudget[];
  readonly groups: readonly ObservedGroup[];
}

export interface ObservedNode {
  readonly name: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly roles: readonly string[];
  readonly kubeletVersion: string;
  readonly unschedulable: boolean;
  readonly ready: "True" | "False" | "Unknown";
  /** "" where the node has none. */
  readonly instanceId: string;
  /** Auto scaling group; "" where none is known. */
  readonly group: string;
  /** Launch template or configuration version of the instance; "" where unknown. */
  readonly launchVersion: string;
}

/** A pod of a planned node or a Pods target, moved or staying. */
export interface ObservedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly owner: ObjectRef | null;
  readonly priority: number;
  /** null: it moves. Else why it stays (R-MIRROR-POD, R-DAEMON-POD, …). */
  readonly stays: Code | null;
  /** Names of the disruption budgets of its namespace that count its eviction, sorted; none where it stays. */
  readonly budgets: readonly string[];
}

export interface ObservedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly replicas: number;
  readonly readyPods: number;
}

export interface ObservedBudget {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly minAvailable: string | null;
  readonly maxUnavailable: string | null;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
}

export interface ObservedGroup {
  readonly name: string;
  readonly arn: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly launchTemplate: string;
  /** What a new instance would be launched from. */
  readonly launchVersion: string;
}

/** A node or pod that a target matched, and why it is not rolled. */
export interface Excluded {
  readonly target: number;
  readonly object: ObjectRef;
  readonly code: Code;
}

/** Something that preflight found. */
export interface Finding {
  readonly code: Code;
  readonly object: ObjectRef;
  /** What is so, with its values; one sentence. */
  readonly message: string;
  /** What would accept it: spec field with value, and the one-liner's flag where there is one. */
  readonly acceptedBy?: { readonly field: string; readonly flag?: string };
  /** True where the spec has accepted it: then it is a warning. */
  readonly accepted?: boolean;
}

/** A node's drain, or one Pods target: steps that share a lane keep its tiers. */
export type Lane = NodeLane | PodsLane;

export interface NodeLane {
  readonly kind: "node";
  /** "node/NAME" */
  readonly id: string;
  /** Index of the spec's target; a target's lanes begin when those of the one before are settled. */
  readonly target: number;
  readonly node: string;
  readonly nodeUid: string;
  readonly controlPlane: boolean;
  /** Pods beyond the plan that may be moved from this node. */
  readonly maxDiscovered: number;
}

export interface PodsLane {
  readonly kind: "pods";
  /** "pods/NAMESPACES/SELECTOR" */
  readonly id: string;
  readonly target: number;
}

/** 0 cordon and resolve, 1 regular pods, 2 system pods, 3 the node. A tier starts when the lower are settled. */
export type Tier = 0 | 1 | 2 | 3;

export interface NodeTarget {
  readonly kind: "Node";
  readonly name: string;
  readonly uid: string;
  /** "" where the node has none. */
  readonly instanceId: string;
}

export interface PodTarget {
  readonly kind: "Pod";
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
}

export interface InstanceTarget {
  readonly kind: "Instance";
  readonly id: string;
  readonly group: string;
  readonly node: string;
}

interface StepBase {
  /** From scope, object and verb, never from position: "node/ip-10-0-1-4/evict/default/db-0". */
  readonly id: string;
  readonly lane: string;
  readonly tier: Tier;
  /** Causes only: ids of steps that must be settled first. */
  readonly needs: readonly string[];
  readonly timeoutSeconds: number;
  readonly reason: { readonly code: Code };
}

export interface CordonNodeStep extends StepBase {
  readonly kind: "CordonNode";
  readonly target: NodeTarget;
}
/** Reads which pods are on the cordoned node, against the plan. */
export interface ResolvePodsStep extends StepBase {
  readonly kind: "ResolvePods";
  readonly target: NodeTarget;
}
export interface EvictPodStep extends StepBase {
  readonly kind: "EvictPod";
  readonly target: PodTarget;
  /** Root owner; null for an unmanaged pod. */
  readonly owner: ObjectRef | null;
  /** gracePeriodSeconds null: the pod's own. */
  readonly params: { readonly gracePeriodSeconds: number | null };
}
export interface AwaitReplacementStep extends StepBase {
  readonly kind: "AwaitReplacement";
  readonly target: PodTarget;
  readonly owner: ObjectRef | null;
  readonly params: { readonly stableForSeconds: number };
}
export interface AwaitNodeEmptyStep extends StepBase {
  readonly kind: "AwaitNodeEmpty";
  readonly target: NodeTarget;
}
export interface TerminateInstanceStep extends StepBase {
  readonly kind: "TerminateInstance";
  readonly target: InstanceTarget;
  readonly params: { readonly decrementDesiredCapacity: false };
}
export interface AwaitNodeGoneStep extends StepBase {
  readonly kind: "AwaitNodeGone";
  readonly target: NodeTarget;
}
export interface AwaitNewNodeStep extends StepBase {
  readonly kind: "AwaitNewNode";
  readonly target: InstanceTarget;
  readonly params: {
    readonly stableForSeconds: number;
    /** Static pod names (without the node's suffix) that must be Ready on the new node: control plane only. */
    readonly mirrorPods: readonly string[];
  };
}

export type Step =
  | CordonNodeStep
  | ResolvePodsStep
  | EvictPodStep
  | AwaitReplacementStep
  | AwaitNodeEmptyStep
  | TerminateInstanceStep
  | AwaitNodeGoneStep
  | AwaitNewNodeStep;

export type StepKind = Step["kind"];
export type StepOfKind<K extends StepKind> = Extract<Step, { readonly kind: K }>;
