import { isRecord, textAt, valueAt } from "../json.ts";
import type { AccessPolicy, Grant, Identity } from "./access-policy.ts";
import type { Cluster, Denial } from "./cluster.ts";
import { failure, type ServerAnswer } from "./status.ts";

/** One thing that a user wants to do; "" is the core group, no namespace, no name. */
export interface Attempt {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whom the scenario's denials mean, and who a caller in the same process is. */
export const ownUser = "dextre";

function isDeniedBy(denial: Denial, attempt: Attempt): boolean {
  const members = ["verb", "group", "resource", "subresource", "namespace"] as const;
  return members.every((member) => denial[member] === undefined || denial[member] === attempt[member]);
}

/** Without a policy everything is allowed but what the scenario denies to dextre's user. */
export function isAllowed(cluster: Cluster, identity: Identity | undefined, attempt: Attempt): boolean {
  const user = identity?.user ?? ownUser;
  if (user === ownUser && cluster.denials.some((denial) => isDeniedBy(denial, attempt))) return false;
  if (identity === undefined || mayDoEverything(cluster, identity)) return true;
  return grantsOf(cluster.access, identity).some((grant) => allows(grant, attempt));
}

/** Whether no rule is asked. The scenario's denials hold all the same. */
export function mayDoEverything(cluster: Cluster, identity: Identity): boolean {
  if (identity.groups?.includes("system:masters") === true) return true;
  return cluster.access === undefined && identity.isStranger !== true;
}

export function grantsOf(policy: AccessPolicy | undefined, identity: Identity): readonly Grant[] {
  return (policy?.grants ?? []).filter(
    ({ users = [], groups = [] }) =>
      users.includes(identity.user) || groups.some((group) => identity.groups?.includes(group) === true),
  );
}

/** Source: pkg/apis/rbac/v1 evaluation_helpers. */
function allows({ namespaces, rules }: Grant, attempt: Attempt): boolean {
  if (namespaces !== undefined && !namespaces.includes(attempt.namespace)) return false;
  const { resource, subresource } = attempt;
  const wanted =
    subresource === "" ? [resource, "*"] : [`${resource}/${subresource}`, `*/${subresource}`, "*"];
  return rules.some(
    (rule) =>
      includes(rule.verbs, attempt.verb) &&
      includes(rule.apiGroups, attempt.group) &&
      wanted.some((one) => rule.resources.includes(one)) &&
      (rule.resourceNames === undefined || rule.resourceNames.includes(attempt.name)),
  );
}

function includes(list: readonly string[], value: string): boolean {
  return list.includes("*") || list.includes(value);
}

/** 403 in the words of the RBAC authorizer. */
export function deniedAnswer(identity: Identity | undefined, attempt: Attempt): ServerAnswer {
  const { group, name } = attempt;
  const resource =
    attempt.subresource === "" ? attempt.resource : `${attempt.resource}/${attempt.subresource}`;
  const qualified = group === "" ? attempt.resource : `${attempt.resource}.${group}`;
  const subject = name === "" ? qualified : `${qualified} "${name}"`;
  const scope = attempt.namespace === "" ? "at the cluster scope" : `in the namespace "${attempt.namespace}"`;
  const user = identity?.user ?? ownUser;
  const message = `${subject} is forbidden: User "${user}" cannot ${attempt.verb} resource "${resource}" in API group "${group}" ${scope}`;
  return failure(403, "Forbidden", message, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: attempt.resource,
  });
}

/** What a SelfSubjectAccessReview asks about; undefined where it is no resource. */
export function attemptOfReview(body: unknown): Attempt | undefined {
  if (!isRecord(valueAt(body, "spec", "resourceAttributes"))) return undefined;
  const read = (member: string): string => textAt(body, "spec", "resourceAttributes", member) ?? "";
  return {
    verb: read("verb"),
    group: read("group"),
    resource: read("resource"),
    subresource: read("subresource"),
    namespace: read("namespace"),
    name: read("name"),
  };
}
