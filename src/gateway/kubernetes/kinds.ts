import type { Budget, Node, Pod, Workload, WorkloadKind } from "#model/objects.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import { projectBudget } from "./project-budget.ts";
import { projectNode } from "./project-node.ts";
import { projectPod } from "./project-pod.ts";
import { projectWorkload } from "./project-workload.ts";

/** A kind that the snapshot follows: where it is, what is kept of it, where that goes. */
export interface Kind<T> {
  /** "pods", "deployments.apps" */
  readonly resource: string;
  readonly path: string;
  /** @throws ForeignShapeError */
  readonly project: (raw: unknown) => T;
  readonly key: (object: T) => string;
  readonly put: (store: SnapshotStore, object: T) => void;
  readonly remove: (store: SnapshotStore, object: T) => void;
}

const namespaced = (object: { readonly namespace: string; readonly name: string }): string =>
  `${object.namespace}/${object.name}`;

export const NODES: Kind<Node> = {
  resource: "nodes",
  path: "/api/v1/nodes",
  project: projectNode,
  key: (node) => node.name,
  put: (store, node) => store.putNode(node),
  remove: (store, node) => store.removeNode(node.name),
};

export const PODS: Kind<Pod> = {
  resource: "pods",
  path: "/api/v1/pods",
  project: projectPod,
  key: namespaced,
  put: (store, pod) => store.putPod(pod),
  remove: (store, pod) => store.removePod(pod.namespace, pod.name),
};

export const BUDGETS: Kind<Budget> = {
  resource: "poddisruptionbudgets.policy",
  path: "/apis/policy/v1/poddisruptionbudgets",
  project: projectBudget,
  key: namespaced,
  put: (store, budget) => store.putBudget(budget),
  remove: (store, budget) => store.removeBudget(budget.namespace, budget.name),
};

function workloads(kind: WorkloadKind, resource: string, group: string): Kind<Workload> {
  return {
    resource: `${resource}.${group}`,
    path: `/apis/${group}/v1/${resource}`,
    project: (raw) => projectWorkload(kind, raw),
    key: namespaced,
    put: (store, workload) => store.putWorkload(workload),
    remove: (store, workload) => store.removeWorkload(workload.uid),
  };
}

/**
 * ReplicationControllers are not among them: the published role does not read them, and their pods
 * are settled as those of any controller that dextre does not know.
 */
export const WORKLOADS: readonly Kind<Workload>[] = [
  workloads("Deployment", "deployments", "apps"),
  workloads("ReplicaSet", "replicasets", "apps"),
  workloads("StatefulSet", "statefulsets", "apps"),
  workloads("DaemonSet", "daemonsets", "apps"),
  workloads("Job", "jobs", "batch"),
];
