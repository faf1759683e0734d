import { groupsOf, type Identity, isServiceAccount } from "./access-policy.ts";
import type { Cluster } from "./cluster.ts";
import { type PolicyRule, type RoleBinding, type RoleRef, rbacGroup, type Subject } from "./rbac-types.ts";

/** A rule that somebody has, and through which binding. */
export interface HeldRule {
  readonly rule: PolicyRule;
  readonly binding: RoleBinding;
  readonly subject: Subject;
}

export interface HeldRules {
  readonly rules: readonly HeldRule[];
  /** Roles of bindings that are not there. */
  readonly missing: readonly RoleRef[];
}

/**
 * The rules that somebody has in a namespace, or with "" in the whole cluster: what stored bindings give.
 * Source: pkg/registry/rbac/validation VisitRulesFor.
 */
export function rulesOf(cluster: Cluster, identity: Identity, namespace: string): HeldRules {
  const { clusterrolebindings, rolebindings } = cluster.stores;
  const bindings = [
    ...clusterrolebindings.all(),
    ...(namespace === "" ? [] : rolebindings.inNamespace(namespace)),
  ];
  const rules: HeldRule[] = [];
  const missing: RoleRef[] = [];
  for (const binding of bindings) {
    const subject = binding.subjects?.find((one) => isMeant(one, identity, binding.metadata.namespace));
    if (subject === undefined) continue;
    const found = rulesOfRole(cluster, binding.roleRef, binding.metadata.namespace);
    if (found === undefined) missing.push(binding.roleRef);
    for (const rule of found ?? []) rules.push({ rule, binding, subject });
  }
  return { rules, missing };
}

/** undefined: there is no such role. */
export function rulesOfRole(
  { stores }: Cluster,
  { kind, name }: RoleRef,
  namespace: string | undefined,
): readonly PolicyRule[] | undefined {
  const role = kind === "Role" ? stores.roles.get(namespace, name) : stores.clusterroles.get(undefined, name);
  return role === undefined ? undefined : (role.rules ?? []);
}

/** Each once; undefined: none is missing. Source: util/errors Aggregate. */
export function missingText({ missing }: HeldRules): string | undefined {
  const texts = missing.map(({ kind, name }) => `${kind.toLowerCase()}.${rbacGroup} "${name}" not found`);
  const [first, ...more] = new Set(texts);
  return more.length === 0 ? first : `[${[first, ...more].join(", ")}]`;
}

function isMeant(subject: Subject, identity: Identity, bindingNamespace = ""): boolean {
  switch (subject.kind) {
    case "User":
      return subject.name === identity.user;
    case "Group":
      return groupsOf(identity).includes(subject.name);
    case "ServiceAccount":
      return isServiceAccount(identity, subject.namespace ?? bindingNamespace, subject.name);
    default:
      return false;
  }
}

/** 'ClusterRoleBinding "a" of ClusterRole "b" to User "c"'. Source: clusterRoleBindingDescriber. */
export function describeHeld({ binding, subject }: HeldRule): string {
  const { name, namespace } = binding.metadata;
  const isAccount = subject.kind === "ServiceAccount";
  const who = isAccount ? `${subject.name}/${subject.namespace ?? namespace ?? ""}` : subject.name;
  const where = namespace === undefined ? name : `${name}/${namespace}`;
  const { kind, name: role } = binding.roleRef;
  const scope = namespace === undefined ? "ClusterRoleBinding" : "RoleBinding";
  return `${scope} "${where}" of ${kind} "${role}" to ${subject.kind} "${who}"`;
}

/** What somebody wants to do with resources. "" is the core group, no namespace, no name. */
export interface Attempt {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** What somebody wants to do with a path that is no resource. */
export interface PathAttempt {
  readonly verb: string;
  readonly path: string;
}

/** Source: pkg/apis/rbac/v1 evaluation_helpers. */
export function allows(rule: PolicyRule, attempt: Attempt | PathAttempt): boolean {
  if (!includes(rule.verbs, attempt.verb)) return false;
  if ("path" in attempt) return (rule.nonResourceURLs ?? []).some((url) => coversPath(url, attempt.path));
  const { resource, subresource, name } = attempt;
  const wanted =
    subresource === "" ? [resource, "*"] : [`${resource}/${subresource}`, `*/${subresource}`, "*"];
  const names = rule.resourceNames ?? [];
  return (
    includes(rule.apiGroups ?? [], attempt.group) &&
    wanted.some((one) => rule.resources?.includes(one) === true) &&
    (names.length === 0 || names.includes(name))
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

export function coversPath(url: string, path: string): boolean {
  return url === "*" || url === path || (url.endsWith("*") && path.startsWith(url.replace(/\*+$/, "")));
}
