import { isEqualJson, type JsonRecord } from "../json.ts";
import { isAllowed, isMaster } from "./access.ts";
import { groupsOf, type Identity } from "./access-policy.ts";
import type { Cluster } from "./cluster.ts";
import { type KindInfo, kinds } from "./kinds.ts";
import type { Resource } from "./object-types.ts";
import { type Attempt, rulesOf, rulesOfRole } from "./rbac-rules.ts";
import { type ClusterRole, type PolicyRule, type RoleBinding, rbacGroup } from "./rbac-types.ts";
import { compacted, quotedList, ruleText, uncovered } from "./rule-cover.ts";
import { forbidden, notFound, type ServerAnswer } from "./status.ts";

/** Who wants to store a role or a binding, and where. */
export interface Grantor {
  readonly identity: Identity | undefined;
  readonly info: KindInfo;
  /** undefined for kinds of the whole cluster. */
  readonly namespace: string | undefined;
  /** "" where the path does not say it. */
  readonly name: string;
}

/** Called with an object that was read and defaulted, before it is judged. */
export type Guard = (object: JsonRecord, current?: Resource) => ServerAnswer | undefined;

/**
 * Nobody may give away by a role or a binding what they do not have, but those with the verb escalate on roles or
 * bind on the role. undefined: it may be stored. Source: registry/rbac, policybased storages.
 */
export function refuseEscalation(
  cluster: Cluster,
  grantor: Grantor,
  object: JsonRecord,
  current?: Resource,
): ServerAnswer | undefined {
  const { identity, info } = grantor;
  if (info.group !== rbacGroup || identity === undefined || isMaster(identity)) return undefined;
  if (current !== undefined && isCleaning(object, current)) return undefined;
  return info.plural === "roles" || info.plural === "clusterroles"
    ? refuseRole(cluster, grantor, identity, object, current)
    : refuseBinding(cluster, grantor, identity, object);
}

/** Whether only owners and finalizers change. */
function isCleaning(object: JsonRecord, current: Resource): boolean {
  const { ownerReferences, finalizers, managedFields, ...before } = current.metadata;
  const wanted = object.metadata as Partial<Resource["metadata"]> | undefined;
  const { ownerReferences: _o, finalizers: _f, managedFields: _m, ...after } = wanted ?? {};
  return isEqualJson({ ...object, metadata: after }, { ...current, metadata: before });
}

function refuseRole(
  cluster: Cluster,
  grantor: Grantor,
  identity: Identity,
  object: JsonRecord,
  current: Resource | undefined,
): ServerAnswer | undefined {
  const { info, namespace = "", name } = grantor;
  const escalate = attemptAt({ verb: "escalate", resource: info.plural, namespace, name });
  if (isAllowed(cluster, identity, escalate)) return undefined;
  const role = object as JsonRecord & Pick<ClusterRole, "rules" | "aggregationRule" | "metadata">;
  const refused = refuseMissing(cluster, grantor, identity, role.rules ?? [], role.metadata.name);
  const isGathering = hasSelectors(role) || hasSelectors(current as Partial<ClusterRole> | undefined);
  if (refused !== undefined || !isGathering) return refused;
  if (missingRules(cluster, grantor, identity, fullAuthority).length === 0) return undefined;
  return forbidden(info, role.metadata.name, "must have cluster-admin privileges to use the aggregationRule");
}

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
  { verbs: ["*"], nonResourceURLs: ["*"] },
];

function hasSelectors(role: Partial<ClusterRole> | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function refuseBinding(
  cluster: Cluster,
  grantor: Grantor,
  identity: Identity,
  object: JsonRecord,
): ServerAnswer | undefined {
  const { roleRef, metadata } = object as JsonRecord & Pick<RoleBinding, "roleRef" | "metadata">;
  const { kind, name } = roleRef;
  const info = kind === "Role" ? kinds.roles : kinds.clusterroles;
  const bind = attemptAt({
    verb: "bind",
    resource: info.plural,
    namespace: grantor.namespace ?? "",
    name,
  });
  const isRole = kind === "Role" || kind === "ClusterRole";
  if (isRole && isAllowed(cluster, identity, bind)) return undefined;
  const rules = isRole ? rulesOfRole(cluster, roleRef, grantor.namespace) : [];
  // The server names what is missing by what was asked for.
  if (rules === undefined) return notFound(grantor.info, name);
  return refuseMissing(cluster, grantor, identity, rules, metadata.name);
}

function attemptAt(about: Pick<Attempt, "verb" | "resource" | "namespace" | "name">): Attempt {
  return { ...about, group: rbacGroup, subresource: "" };
}

function missingRules(
  cluster: Cluster,
  { namespace = "" }: Grantor,
  identity: Identity,
  rules: readonly PolicyRule[],
): readonly PolicyRule[] {
  const held = rulesOf(cluster, identity, namespace).rules.map(({ rule }) => rule);
  return uncovered(held, rules);
}

function refuseMissing(
  cluster: Cluster,
  grantor: Grantor,
  identity: Identity,
  rules: readonly PolicyRule[],
  name: string,
): ServerAnswer | undefined {
  const missing = missingRules(cluster, grantor, identity, rules);
  if (missing.length === 0) return undefined;
  const { missing: absent } = rulesOf(cluster, identity, grantor.namespace ?? "");
  const errors = new Set(
    absent.map((role) => `${grantor.info.plural}.${rbacGroup} "${role.name}" not found`),
  );
  const texts = [...new Set(compacted(missing).map(ruleText))].toSorted();
  const who = `user "${identity.user}" (groups=${quotedList(groupsOf(identity))})`;
  const what = `is attempting to grant RBAC permissions not currently held:\n${texts.join("\n")}`;
  const trouble = errors.size === 0 ? "" : `; resolution errors: [${[...errors].join(", ")}]`;
  return forbidden(grantor.info, name, `${who} ${what}${trouble}`);
}
