import { textAt, valueAt } from "../json.ts";
import { attemptOfReview, decide, ownUser } from "./access.ts";
import { groupsOf, type Identity } from "./access-policy.ts";
import type { Cluster } from "./cluster.ts";
import { bad } from "./problems.ts";
import { missingText, rulesOf } from "./rbac-rules.ts";
import { allInvalid, ok, type ServerAnswer } from "./status.ts";

/** Questions that a client may ask about itself. They are answered by the rules that requests meet. */
export type ReviewKind = "SelfSubjectAccessReview" | "SelfSubjectRulesReview" | "SelfSubjectReview";

export function answerReview(
  cluster: Cluster,
  review: ReviewKind,
  body: unknown,
  identity: Identity | undefined,
): ServerAnswer {
  switch (review) {
    case "SelfSubjectAccessReview":
      if (attemptOfReview(body) === undefined) {
        const detail = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        const group = "authorization.k8s.io";
        return allInvalid({ kind: "", group }, "", [bad("spec.resourceAttributes", undefined, detail)]);
      }
      return reviewed(review, body, accessStatus(cluster, body, identity));
    case "SelfSubjectRulesReview":
      return reviewed(review, body, rulesStatus(cluster, body, identity));
    case "SelfSubjectReview": {
      return reviewed(review, undefined, { userInfo: userInfoOf(identity ?? { user: ownUser }) });
    }
  }
}

function userInfoOf(identity: Identity): unknown {
  const { user: username, uid, extra } = identity;
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: groupsOf(identity),
    ...(extra === undefined ? {} : { extra }),
  };
}

function reviewed(kind: ReviewKind, body: unknown, status: unknown): ServerAnswer {
  const group = kind === "SelfSubjectReview" ? "authentication.k8s.io" : "authorization.k8s.io";
  const spec = valueAt(body, "spec");
  return ok(
    { kind, apiVersion: `${group}/v1`, metadata: {}, ...(spec === undefined ? {} : { spec }), status },
    201,
  );
}

function accessStatus(cluster: Cluster, body: unknown, identity: Identity | undefined): unknown {
  const attempt = attemptOfReview(body);
  if (attempt === undefined) return { allowed: false };
  const { isAllowed: allowed, reason } = decide(cluster, identity, attempt);
  return { allowed, ...(reason === "" ? {} : { reason }) };
}

/**
 * Denials of a scenario are exceptions, which rules cannot say: the list is then incomplete.
 * Source: RBACAuthorizer.RulesFor, registry/authorization/selfsubjectrulesreview.
 */
function rulesStatus(cluster: Cluster, body: unknown, identity: Identity | undefined): unknown {
  const namespace = textAt(body, "spec", "namespace") ?? "default";
  const isDenied = (identity?.user ?? ownUser) === ownUser && cluster.denials.length > 0;
  if (identity === undefined) {
    return {
      resourceRules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }],
      nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
      incomplete: isDenied,
    };
  }
  const held = rulesOf(cluster, identity, namespace);
  const evaluationError = missingText(held);
  const all = held.rules.map(({ rule }) => rule);
  return {
    resourceRules: all.filter(({ resources = [] }) => resources.length > 0),
    nonResourceRules: all.filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0),
    incomplete: isDenied,
    ...(evaluationError === undefined ? {} : { evaluationError }),
  };
}
