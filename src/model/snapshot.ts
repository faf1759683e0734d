import type { Budget, Claim, Node, Pod, ScalingGroup, Workload } from "./objects.ts";

/**
 * One consistent-enough view of a cluster: the planner's input and the executor's eyes. Look-ups
 * are indexed; iteration order is not part of the contract, so whoever prints sorts.
 */
export interface Snapshot {
  nodes(): Iterable<Node>;
  node(name: string): Node | undefined;
  pods(): Iterable<Pod>;
  pod(namespace: string, name: string): Pod | undefined;
  podByUid(uid: string): Pod | undefined;
  podsOnNode(nodeName: string): Iterable<Pod>;
  podsInNamespace(namespace: string): Iterable<Pod>;
  /** Those of a namespace with an anti-affinity of their own: few, and asked for often. */
  separatingPods(namespace: string): Iterable<Pod>;
  /** Pods whose controller (one step up, not the root) has this UID. */
  podsOfController(uid: string): Iterable<Pod>;
  workload(uid: string): Workload | undefined;
  /** Workloads whose controller has this UID: the ReplicaSets of a Deployment. */
  workloadsOfController(uid: string): Iterable<Workload>;
  workloads(): Iterable<Workload>;
  budgets(): Iterable<Budget>;
  budgetsInNamespace(namespace: string): Iterable<Budget>;
  claim(namespace: string, name: string): Claim | undefined;
  groups(): Iterable<ScalingGroup>;
  group(name: string): ScalingGroup | undefined;
  groupOfInstance(instanceId: string): ScalingGroup | undefined;
}
