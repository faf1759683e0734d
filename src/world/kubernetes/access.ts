import { textAt } from "../json.ts";
import type { Cluster, Denial } from "./cluster.ts";
import { failure, ok, type ServerAnswer } from "./status.ts";

/** One thing that a user wants to do; "" is the core group or no namespace. */
export interface Attempt {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
}

function isDeniedBy(denial: Denial, attempt: Attempt): boolean {
  const members = ["verb", "group", "resource", "subresource", "namespace"] as const;
  return members.every((member) => denial[member] === undefined || denial[member] === attempt[member]);
}

export function isDenied(cluster: Cluster, attempt: Attempt): boolean {
  return cluster.denials.some((denial) => isDeniedBy(denial, attempt));
}

/** 403 in the words of the RBAC authorizer. */
export function deniedAnswer(attempt: Attempt, name: string | undefined): ServerAnswer {
  const resource =
    attempt.subresource === "" ? attempt.resource : `${attempt.resource}/${attempt.subresource}`;
  const qualified = attempt.group === "" ? attempt.resource : `${attempt.resource}.${attempt.group}`;
  const subject = name === undefined ? qualified : `${qualified} "${name}"`;
  const scope = attempt.namespace === "" ? "at the cluster scope" : `in the namespace "${attempt.namespace}"`;
  const message = `${subject} is forbidden: User "dextre" cannot ${attempt.verb} resource "${resource}" in API group "${attempt.group}" ${scope}`;
  return failure(403, "Forbidden", message, {
    ...(name === undefined ? {} : { name }),
    ...(attempt.group === "" ? {} : { group: attempt.group }),
    kind: attempt.resource,
  });
}

/** POST selfsubjectaccessreviews. */
export function reviewAccess(cluster: Cluster, body: unknown): ServerAnswer {
  const read = (member: string): string => textAt(body, "spec", "resourceAttributes", member) ?? "";
  const attempt = {
    verb: read("verb"),
    group: read("group"),
    resource: read("resource"),
    subresource: read("subresource"),
    namespace: read("namespace"),
  };
  const allowed = !isDenied(cluster, attempt);
  const spec = (body as { readonly spec?: unknown } | undefined)?.spec;
  return ok(
    {
      kind: "SelfSubjectAccessReview",
      apiVersion: "authorization.k8s.io/v1",
      metadata: {},
      spec,
      status: allowed ? { allowed, reason: "" } : { allowed },
    },
    201,
  );
}
