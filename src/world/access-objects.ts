import bootstrap from "./generated/bootstrap-roles.json" with { type: "json" };
import type { AccessPolicy, Grant } from "./kubernetes/access-policy.ts";
import { apiVersionOf, kinds } from "./kubernetes/kinds.ts";
import type { Meta } from "./kubernetes/object-types.ts";
import { type ClusterRole, type RoleBinding, rbacGroup, type Subject } from "./kubernetes/rbac-types.ts";
import { Random } from "./random.ts";
import { timestamp } from "./time.ts";
import type { World } from "./world.ts";

/** The group of the users to whom a served world gives tokens, but for its administrator. */
export const servedUsers = "embedded:users";

type Draft<T extends ClusterRole | RoleBinding> = Omit<T, "apiVersion" | "kind" | "metadata"> & {
  readonly metadata: Partial<Meta> & { readonly name: string };
};

/** Stores roles and bindings. It has chance of its own: worlds go the same way with and without. */
class Installer {
  readonly #world: World;
  readonly #random: Random;

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#random = new Random(seed ^ 0x1b873593);
  }

  role(draft: Draft<ClusterRole>): void {
    const type = { apiVersion: apiVersionOf(kinds.clusterroles), kind: kinds.clusterroles.kind };
    this.#world.cluster.stores.clusterroles.put({ ...type, ...draft, metadata: this.#meta(draft.metadata) });
  }

  /** In every namespace of its name, or in the whole cluster. */
  binding(draft: Draft<RoleBinding>): void {
    const { stores } = this.#world.cluster;
    const info = draft.metadata.namespace === undefined ? kinds.clusterrolebindings : kinds.rolebindings;
    const metadata = this.#meta(draft.metadata);
    const binding = { apiVersion: apiVersionOf(info), kind: info.kind, ...draft, metadata };
    if (info === kinds.rolebindings) stores.rolebindings.put(binding);
    else stores.clusterrolebindings.put(binding);
  }

  #meta(metadata: Draft<ClusterRole>["metadata"]): Meta {
    const creationTimestamp = timestamp(this.#world.now);
    return { ...metadata, uid: this.#random.uid(), resourceVersion: "", creationTimestamp };
  }
}

/**
 * The roles that people use on every cluster and those that let everybody ask about themselves, then what a
 * scenario's access says. Without it whoever gets a token of a served world may do everything.
 * Source: kube-apiserver v1.36, rbac/bootstrappolicy; its roles of system components are left out.
 */
export function installAccess(world: World, seed: number, policy: AccessPolicy | undefined): void {
  const installer = new Installer(world, seed);
  for (const role of bootstrap.clusterRoles as readonly Draft<ClusterRole>[]) installer.role(role);
  for (const binding of bootstrap.clusterRoleBindings as readonly Draft<RoleBinding>[]) {
    installer.binding(binding);
  }
  if (policy === undefined) {
    const roleRef = roleRefTo("cluster-admin");
    installer.binding({ metadata: { name: servedUsers }, roleRef, subjects: [group(servedUsers)] });
    return;
  }
  for (const [index, grant] of policy.grants.entries()) installGrant(installer, index + 1, grant);
  for (const { token, ...identity } of policy.identities ?? []) {
    world.cluster.tokens.set(token, { identity: { ...identity, groups: identity.groups ?? [] } });
  }
}

function installGrant(installer: Installer, number: number, grant: Grant): void {
  const { users = [], groups = [], namespaces, rules } = grant;
  const name = `scenario:grant-${number}`;
  installer.role({ metadata: { name }, rules });
  const subjects = [...users.map(user), ...groups.map(group)];
  const binding = { roleRef: roleRefTo(name), subjects };
  if (namespaces === undefined) installer.binding({ metadata: { name }, ...binding });
  for (const namespace of namespaces ?? []) installer.binding({ metadata: { name, namespace }, ...binding });
}

const roleRefTo = (name: string): RoleBinding["roleRef"] => ({
  apiGroup: rbacGroup,
  kind: "ClusterRole",
  name,
});
const user = (name: string): Subject => ({ kind: "User", apiGroup: rbacGroup, name });
const group = (name: string): Subject => ({ kind: "Group", apiGroup: rbacGroup, name });
