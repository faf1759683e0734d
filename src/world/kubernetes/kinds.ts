import type { Plural } from "./kind-types.ts";

export interface KindInfo {
  readonly plural: Plural;
  readonly kind: string;
  /** "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly isNamespaced: boolean;
  /** Writes on the object itself leave status alone; /status writes only status. */
  readonly hasStatus: boolean;
  /** metadata.generation counts changes of spec. */
  readonly hasGeneration: boolean;
}

type Traits = "cluster" | "status" | "generation";

function kind(plural: Plural, name: string, groupVersion: string, ...traits: readonly Traits[]): KindInfo {
  const [first = "", second] = groupVersion.split("/");
  return {
    plural,
    kind: name,
    group: second === undefined ? "" : first,
    version: second ?? first,
    isNamespaced: !traits.includes("cluster"),
    hasStatus: traits.includes("status"),
    hasGeneration: traits.includes("generation"),
  };
}

/** Every kind that the world stores. */
export const kinds: { readonly [P in Plural]: KindInfo } = {
  nodes: kind("nodes", "Node", "v1", "cluster", "status"),
  namespaces: kind("namespaces", "Namespace", "v1", "cluster", "status"),
  pods: kind("pods", "Pod", "v1", "status", "generation"),
  configmaps: kind("configmaps", "ConfigMap", "v1"),
  events: kind("events", "Event", "v1"),
  services: kind("services", "Service", "v1"),
  persistentvolumes: kind("persistentvolumes", "PersistentVolume", "v1", "cluster", "status"),
  persistentvolumeclaims: kind("persistentvolumeclaims", "PersistentVolumeClaim", "v1", "status"),
  deployments: kind("deployments", "Deployment", "apps/v1", "status", "generation"),
  replicasets: kind("replicasets", "ReplicaSet", "apps/v1", "status", "generation"),
  statefulsets: kind("statefulsets", "StatefulSet", "apps/v1", "status", "generation"),
  daemonsets: kind("daemonsets", "DaemonSet", "apps/v1", "status", "generation"),
  jobs: kind("jobs", "Job", "batch/v1", "status", "generation"),
  poddisruptionbudgets: kind(
    "poddisruptionbudgets",
    "PodDisruptionBudget",
    "policy/v1",
    "status",
    "generation",
  ),
  leases: kind("leases", "Lease", "coordination.k8s.io/v1"),
  priorityclasses: kind("priorityclasses", "PriorityClass", "scheduling.k8s.io/v1", "cluster", "generation"),
  controllerrevisions: kind("controllerrevisions", "ControllerRevision", "apps/v1"),
  horizontalpodautoscalers: kind(
    "horizontalpodautoscalers",
    "HorizontalPodAutoscaler",
    "autoscaling/v2",
    "status",
  ),
  serviceaccounts: kind("serviceaccounts", "ServiceAccount", "v1"),
  secrets: kind("secrets", "Secret", "v1"),
  roles: kind("roles", "Role", "rbac.authorization.k8s.io/v1"),
  rolebindings: kind("rolebindings", "RoleBinding", "rbac.authorization.k8s.io/v1"),
  clusterroles: kind("clusterroles", "ClusterRole", "rbac.authorization.k8s.io/v1", "cluster"),
  clusterrolebindings: kind(
    "clusterrolebindings",
    "ClusterRoleBinding",
    "rbac.authorization.k8s.io/v1",
    "cluster",
  ),
};

export const kindList: readonly KindInfo[] = Object.values(kinds);

export function apiVersionOf(info: KindInfo): string {
  return info.group === "" ? info.version : `${info.group}/${info.version}`;
}

/** The kind served under /api/v1/PLURAL or /apis/GROUP/VERSION/PLURAL. */
export function findKind(group: string, version: string, plural: string): KindInfo | undefined {
  return kindList.find((info) => info.plural === plural && info.group === group && info.version === version);
}

/** The kind that an owner reference names. */
export function findKindByName(apiVersion: string, name: string): KindInfo | undefined {
  return kindList.find((info) => info.kind === name && apiVersionOf(info) === apiVersion);
}
