import type { LabelSelector, Resource } from "./object-types.ts";

/** What may be done: to resources, or to paths that are none. "*" is everything; resources may be "pods/eviction". */
export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Role extends Resource {
  readonly rules: readonly PolicyRule[] | null;
}

export interface ClusterRole extends Role {
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A RoleBinding, or a ClusterRoleBinding, which has no namespace. */
export interface RoleBinding extends Resource {
  readonly roleRef: RoleRef;
  readonly subjects?: readonly Subject[];
}

export const rbacGroup = "rbac.authorization.k8s.io";
