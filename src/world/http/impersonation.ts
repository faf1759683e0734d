import type { KubernetesRequest } from "#gateway/wire.ts";
import { deniedAnswer, isAllowed } from "#world/kubernetes/access.ts";
import type { Identity } from "#world/kubernetes/access-policy.ts";
import type { Cluster } from "#world/kubernetes/cluster.ts";
import type { Attempt } from "#world/kubernetes/rbac-rules.ts";
import { attemptOf } from "#world/kubernetes/request-attempt.ts";
import { parsePath } from "#world/kubernetes/request-path.ts";
import { badRequest, type ServerAnswer } from "#world/kubernetes/status.ts";

/** Every value of every header, by its name in lower case. */
export type Headers = Readonly<Record<string, readonly string[] | undefined>>;

/** As whom a request acts, or the answer that refuses it. */
export type Acting =
  | { readonly kind: "identity"; readonly identity: Identity }
  | { readonly kind: "refused"; readonly answer: ServerAnswer };

export interface Impersonation {
  readonly user: string;
  readonly groups: readonly string[];
  /** "" is none. */
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

const extraPrefix = "impersonate-extra-";
const authentication = "authentication.k8s.io";

/** Whom the headers Impersonate-User, -Group, -Uid and -Extra-… ask for; undefined: nobody else. */
export function readImpersonation(headers: Headers): Impersonation | undefined {
  const user = headers["impersonate-user"]?.[0] ?? "";
  const uid = headers["impersonate-uid"]?.[0] ?? "";
  const groups = headers["impersonate-group"] ?? [];
  const extra = Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(extraPrefix))
      .map(([name, values]) => [unescaped(name.slice(extraPrefix.length)), values ?? []]),
  );
  const isAsked = user !== "" || uid !== "" || groups.length > 0 || Object.keys(extra).length > 0;
  return isAsked ? { user, groups, uid, extra } : undefined;
}

/** What cannot be unescaped is taken as it is. Source: apiserver, endpoints/filters/impersonation. */
function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** Who asks for what, and of which cluster. */
export interface ImpersonationContext {
  readonly caller: Identity;
  readonly cluster: Cluster;
  readonly request: Pick<KubernetesRequest, "method" | "path" | "query">;
  readonly isWatch: boolean;
}

/**
 * The identity that the caller acts as. It needs the verb impersonate for all that is asked: the user or service
 * account, each group, each value of an extra, the uid.
 */
export function impersonate(impersonation: Impersonation, context: ImpersonationContext): Acting {
  const { user, groups, uid, extra } = impersonation;
  const { caller, cluster } = context;
  if (user === "") return { kind: "refused", answer: withoutUser(impersonation) };
  const isDenied = attemptsOf(impersonation).some((attempt) => !isAllowed(cluster, caller, attempt));
  if (isDenied) return { kind: "refused", answer: impersonationDenied(user, context) };
  const identity = {
    user,
    groups: groupsOf(user, groups),
    ...(uid === "" ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
  return { kind: "identity", identity };
}

function attemptsOf({ user, groups, uid, extra }: Impersonation): readonly Attempt[] {
  const attempt = (resource: string, name: string, more: Partial<Attempt> = {}): Attempt => {
    return { verb: "impersonate", group: "", resource, subresource: "", namespace: "", name, ...more };
  };
  const account = serviceAccountOf(user);
  const first =
    account === undefined
      ? attempt("users", user)
      : attempt("serviceaccounts", account.name, { namespace: account.namespace });
  const extras = Object.entries(extra).flatMap(([subresource, values]) =>
    values.map((value) => attempt("userextras", value, { group: authentication, subresource })),
  );
  const uids = uid === "" ? [] : [attempt("uids", uid, { group: authentication })];
  return [first, ...groups.map((group) => attempt("groups", group)), ...extras, ...uids];
}

function serviceAccountOf(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return namespace === undefined || name === undefined ? undefined : { namespace, name };
}

/** Groups that are named are all there are, but for those that everybody belongs to. */
function groupsOf(user: string, named: readonly string[]): readonly string[] {
  const account = serviceAccountOf(user);
  const own =
    named.length > 0 || account === undefined
      ? named
      : ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`];
  const everybody = ["system:authenticated", "system:unauthenticated"];
  if (own.some((group) => everybody.includes(group))) return own;
  if (user === "system:anonymous") return named.length > 0 ? own : ["system:unauthenticated"];
  return [...own, "system:authenticated"];
}

/** In the words of constrained impersonation, which v1.36 tries for before it looks for the verb impersonate. */
function impersonationDenied(user: string, context: ImpersonationContext): ServerAnswer {
  const { caller, request, isWatch } = context;
  const mode = serviceAccountOf(user) === undefined ? "user-info" : "serviceaccount";
  const attempt = attemptOf(parsePath(request.path), request);
  const verb = `impersonate-on:${mode}:${isWatch ? "watch" : attempt.verb}`;
  return deniedAnswer(caller, { ...attempt, verb });
}

/** The server writes the headers as its own language has them. */
function withoutUser({ uid, groups, extra }: Impersonation): ServerAnswer {
  const list = (values: readonly string[]): string =>
    `[]string{${values.map((value) => JSON.stringify(value)).join(", ")}}`;
  const groupsText = groups.length === 0 ? "[]string(nil)" : list(groups);
  const entries = Object.entries(extra).map(([key, values]) => `${JSON.stringify(key)}:${list(values)}`);
  const extraText = entries.length === 0 ? "(nil)" : `{${entries.join(", ")}}`;
  const asked = `&user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${groupsText}, Extra:map[string][]string${extraText}}`;
  return badRequest(`requested ${asked} without impersonating a user name`);
}
