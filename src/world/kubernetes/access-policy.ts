/** Who sends a request, as authentication found out. */
export interface Identity {
  readonly user: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Whom a bearer token stands for. */
export interface KnownToken {
  readonly identity: Identity;
  /** Of a service account: it holds for so long, ms since epoch, and while the account is there. */
  readonly account?: { readonly uid: string; readonly expiresAt: number };
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

const authenticated = "system:authenticated";
const unauthenticated = "system:unauthenticated";

/** May do everything, whatever rules say. */
export const masters = "system:masters";

/** With the one that everybody belongs to who has said who they are. */
export function groupsOf({ groups = [] }: Identity): readonly string[] {
  return groups.includes(unauthenticated) || groups.includes(authenticated)
    ? groups
    : [...groups, authenticated];
}

export function isServiceAccount({ user }: Identity, namespace: string, name: string): boolean {
  return namespace !== "" && user === `system:serviceaccount:${namespace}:${name}`;
}

/** Who asks and says nothing of themselves. */
export const anonymous: Identity = { user: "system:anonymous", groups: [unauthenticated] };
