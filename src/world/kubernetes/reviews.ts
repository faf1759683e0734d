import { isRecord, textAt, valueAt } from "../json.ts";
import { attemptOfReview, grantsOf, isAllowed, mayDoEverything, ownUser } from "./access.ts";
import type { Identity } from "./access-policy.ts";
import type { Cluster } from "./cluster.ts";
import { bad } from "./problems.ts";
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
      if (attemptOfReview(body) === undefined && !isRecord(valueAt(body, "spec", "nonResourceAttributes"))) {
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

function userInfoOf({ user: username, uid, groups = [], extra }: Identity): unknown {
  const isAnybody = groups.includes("system:unauthenticated") || groups.includes("system:authenticated");
  const all = isAnybody ? groups : [...groups, "system:authenticated"];
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: all,
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
  const allowed = attempt === undefined || isAllowed(cluster, identity, attempt);
  return allowed ? { allowed, reason: "" } : { allowed };
}

/** Denials of a scenario are exceptions, which rules cannot say: the list is then incomplete. */
function rulesStatus(cluster: Cluster, body: unknown, identity: Identity | undefined): unknown {
  const namespace = textAt(body, "spec", "namespace") ?? "default";
  const everything = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
  const resourceRules =
    identity === undefined || mayDoEverything(cluster, identity)
      ? everything
      : grantsOf(cluster.access, identity)
          .filter(({ namespaces }) => namespaces === undefined || namespaces.includes(namespace))
          .flatMap(({ rules }) => rules);
  const user = identity?.user ?? ownUser;
  return {
    resourceRules,
    nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["*"] }],
    incomplete: user === ownUser && cluster.denials.length > 0,
  };
}
