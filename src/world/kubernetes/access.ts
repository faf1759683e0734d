import { isRecord, textAt, valueAt } from "../json.ts";
import { type Identity, masters } from "./access-policy.ts";
import type { Cluster, Denial } from "./cluster.ts";
import { type Attempt, allows, describeHeld, missingText, type PathAttempt, rulesOf } from "./rbac-rules.ts";
import { failure, type ServerAnswer } from "./status.ts";

/** Whom the scenario's denials mean, and who a caller in the same process is. */
export const ownUser = "dextre";

/** "" is no reason. */
export interface Decision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

function isDeniedBy(denial: Denial, attempt: Attempt): boolean {
  const members = ["verb", "group", "resource", "subresource", "namespace"] as const;
  return members.every((member) => denial[member] === undefined || denial[member] === attempt[member]);
}

/**
 * Stored roles and bindings decide. A caller in the same process may do everything but what the scenario denies to
 * dextre's user; these denials come before all rules.
 */
export function decide(
  cluster: Cluster,
  identity: Identity | undefined,
  attempt: Attempt | PathAttempt,
): Decision {
  const user = identity?.user ?? ownUser;
  const isDenied =
    user === ownUser && !("path" in attempt) && cluster.denials.some((denial) => isDeniedBy(denial, attempt));
  if (isDenied) return { isAllowed: false, reason: "" };
  if (identity === undefined || isMaster(identity)) return { isAllowed: true, reason: "" };
  const held = rulesOf(cluster, identity, "path" in attempt ? "" : attempt.namespace);
  const found = held.rules.find(({ rule }) => allows(rule, attempt));
  if (found !== undefined) return { isAllowed: true, reason: `RBAC: allowed by ${describeHeld(found)}` };
  const missing = missingText(held);
  return { isAllowed: false, reason: missing === undefined ? "" : `RBAC: ${missing}` };
}

export function isAllowed(
  cluster: Cluster,
  identity: Identity | undefined,
  attempt: Attempt | PathAttempt,
): boolean {
  return decide(cluster, identity, attempt).isAllowed;
}

/** Whether no rule is asked. The scenario's denials hold all the same. */
export function isMaster({ groups }: Identity): boolean {
  return groups?.includes(masters) === true;
}

/** The answer that refuses; undefined: it may be done. */
export function refuseAccess(
  cluster: Cluster,
  identity: Identity | undefined,
  attempt: Attempt | PathAttempt,
): ServerAnswer | undefined {
  const decision = decide(cluster, identity, attempt);
  return decision.isAllowed ? undefined : deniedAnswer(identity, attempt, decision.reason);
}

/** 403 in the words of the RBAC authorizer. */
export function deniedAnswer(
  identity: Identity | undefined,
  attempt: Attempt | PathAttempt,
  reason = "",
): ServerAnswer {
  const user = identity?.user ?? ownUser;
  const why = reason === "" ? "" : `: ${reason}`;
  if ("path" in attempt) {
    const words = `User "${user}" cannot ${attempt.verb} path "${attempt.path}"`;
    return failure(403, "Forbidden", `forbidden: ${words}${why}`, {});
  }
  const { group, name } = attempt;
  const resource =
    attempt.subresource === "" ? attempt.resource : `${attempt.resource}/${attempt.subresource}`;
  const qualified = group === "" ? attempt.resource : `${attempt.resource}.${group}`;
  const subject = name === "" ? qualified : `${qualified} "${name}"`;
  const scope = attempt.namespace === "" ? "at the cluster scope" : `in the namespace "${attempt.namespace}"`;
  const message = `${subject} is forbidden: User "${user}" cannot ${attempt.verb} resource "${resource}" in API group "${group}" ${scope}${why}`;
  return failure(403, "Forbidden", message, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind: attempt.resource,
  });
}

/** What a SelfSubjectAccessReview asks about; undefined where it asks about nothing. */
export function attemptOfReview(body: unknown): Attempt | PathAttempt | undefined {
  const read = (half: string, member: string): string => textAt(body, "spec", half, member) ?? "";
  if (isRecord(valueAt(body, "spec", "nonResourceAttributes"))) {
    return { verb: read("nonResourceAttributes", "verb"), path: read("nonResourceAttributes", "path") };
  }
  const half = "resourceAttributes";
  if (!isRecord(valueAt(body, "spec", half))) return undefined;
  return {
    verb: read(half, "verb"),
    group: read(half, "group"),
    resource: read(half, "resource"),
    subresource: read(half, "subresource"),
    namespace: read(half, "namespace"),
    name: read(half, "name"),
  };
}
