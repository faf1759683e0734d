import type { Budget } from "./budget-types.ts";
import type { Lease, Node } from "./node-types.ts";
import type { Namespace, Resource } from "./object-types.ts";
import type { Pod } from "./pod-types.ts";
import type { ClusterRole, Role, RoleBinding } from "./rbac-types.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "./volume-types.ts";
import type {
  ControllerRevision,
  DaemonSet,
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  ReplicaSet,
  StatefulSet,
} from "./workload-types.ts";

/**
 * Plural name → shape: the part of each Kubernetes object that the world itself reads. Other fields are kept
 * as they came.
 */
export interface KindTypes {
  readonly nodes: Node;
  readonly namespaces: Namespace;
  readonly pods: Pod;
  readonly configmaps: Resource;
  readonly events: Resource;
  readonly services: Resource;
  readonly persistentvolumes: PersistentVolume;
  readonly persistentvolumeclaims: PersistentVolumeClaim;
  readonly deployments: Deployment;
  readonly replicasets: ReplicaSet;
  readonly statefulsets: StatefulSet;
  readonly daemonsets: DaemonSet;
  readonly jobs: Job;
  readonly poddisruptionbudgets: Budget;
  readonly leases: Lease;
  readonly priorityclasses: Resource;
  readonly controllerrevisions: ControllerRevision;
  readonly horizontalpodautoscalers: HorizontalPodAutoscaler;
  readonly serviceaccounts: Resource;
  readonly secrets: Resource;
  readonly roles: Role;
  readonly rolebindings: RoleBinding;
  readonly clusterroles: ClusterRole;
  readonly clusterrolebindings: RoleBinding;
}

export type Plural = keyof KindTypes;
