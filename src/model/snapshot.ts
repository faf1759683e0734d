import type { Keyed } from "./label-index.ts";
import type { Budget, Claim, Node, Pod, ScalingGroup, Separation, Workload } from "./objects.ts";

/** A pod's anti-affinity: whom it keeps away from itself. */
export interface KeepsAway {
  readonly pod: Pod;
  readonly rule: Separation;
}

/**
 * One consistent-enough view of a cluster: the planner's input and the executor's eyes. Look-ups
 * are indexed; iteration order is not part of the contract, so whoever prints sorts.
 */
export interface Snapshot {
  nodes(): Iterable<Node>;
  node(name: string): Node | undefined;
  /** By a label's value; nodes without the label are not in it. */
  nodesByLabel(label: string): ReadonlyMap<string, Keyed<Node>>;
  pods(): Iterable<Pod>;
  pod(namespace: string, name: string): Pod | undefined;
  podByUid(uid: string): Pod | undefined;
  podsOnNode(nodeName: string): Iterable<Pod>;
  podsInNamespace(namespace: string): Iterable<Pod>;
  /** Of a namespace, by a label's value. */
  podsByLabel(namespace: string, label: string): ReadonlyMap<string, Keyed<Pod>>;
  /** Every anti-affinity in a namespace that selects a pod with these labels, and some that do not. */
  whoMayKeepAway(namespace: string, labels: Pod["labels"]): Iterable<KeepsAway>;
  /** Pods whose controller (one step up, not the root) has this UID. */
  podsOfController(uid: string): Iterable<Pod>;
  workload(uid: string): Workload | undefined;
  /** Workloads whose controller has this UID: the ReplicaSets of a Deployment. */
  workloadsOfController(uid: string): Iterable<Workload>;
  workloads(): Iterable<Workload>;
  budgets(): Iterable<Budget>;
  /** Every budget of a namespace that selects a pod with these labels, and some that do not. */
  budgetsThatMaySelect(namespace: string, labels: Pod["labels"]): Iterable<Budget>;
  claim(namespace: string, name: string): Claim | undefined;
  groups(): Iterable<ScalingGroup>;
  group(name: string): ScalingGroup | undefined;
  groupOfInstance(instanceId: string): ScalingGroup | undefined;
}
