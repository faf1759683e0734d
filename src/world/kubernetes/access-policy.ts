/** Who sends a request, as authentication found out. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Somebody of whom the world has never heard: may do what rules grant, and nothing where there are none. */
  readonly isStranger?: boolean;
}

/** What may be done: the members of a Role's rule. "*" is everything; resources may be "pods/eviction". */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** Rules given to users and groups: a ClusterRoleBinding, or RoleBindings where it names namespaces. */
export interface Grant {
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  readonly namespaces?: readonly string[];
  readonly rules: readonly AccessRule[];
}

/** Who is known, by bearer token, and what they may do. */
export interface AccessPolicy {
  readonly identities?: readonly (Identity & { readonly token: string })[];
  readonly grants: readonly Grant[];
}
