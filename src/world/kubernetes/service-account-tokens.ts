import { isRecord, textAt, valueAt } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Identity } from "./access-policy.ts";
import type { Cluster } from "./cluster.ts";
import { decode } from "./decoding.ts";
import { kinds } from "./kinds.ts";
import { bad } from "./problems.ts";
import { allInvalid, badRequest, notFound, ok, type Problem, type ServerAnswer } from "./status.ts";

/** undefined: nobody, or nobody any more. */
export function identityOfToken(cluster: Cluster, token: string): Identity | undefined {
  const found = cluster.tokens.get(token);
  if (found?.account === undefined) return found?.identity;
  const { uid, expiresAt } = found.account;
  const isThere = cluster.stores.serviceaccounts.getByUid(uid) !== undefined;
  return isThere && cluster.agenda.now < expiresAt ? found.identity : undefined;
}

const audience = "https://kubernetes.default.svc.cluster.local";
const hourSeconds = 3600;

/** POST …/serviceaccounts/NAME/token. Tokens bound to other objects are not made. Source: TokenREST.Create. */
export function requestToken(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  body: unknown,
): ServerAnswer {
  const account = cluster.stores.serviceaccounts.get(namespace, name);
  const request = decode("TokenRequest", isRecord(body) ? body : {}).value;
  const misnamed = placeProblems(request, namespace, name);
  if (misnamed.length > 0) return allInvalid(tokenRequest, name, misnamed);
  if (account === undefined) return notFound(kinds.serviceaccounts, name);
  const bound = textAt(request, "spec", "boundObjectRef", "kind");
  if (bound !== undefined) return badRequest(`the embedded cluster does not bind tokens to a ${bound}`);
  const given = valueAt(request, "spec", "expirationSeconds");
  const expirationSeconds = typeof given === "number" ? given : hourSeconds;
  const problems = ageProblems(expirationSeconds);
  if (problems.length > 0) return allInvalid(tokenRequest, "", problems);
  const { now } = cluster.agenda;
  const { uid } = account.metadata;
  const expiresAt = now + expirationSeconds * 1000;
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
  const identity = { user: `system:serviceaccount:${namespace}:${name}`, uid, groups };
  const token = cluster.newToken();
  cluster.tokens.set(token, { identity, account: { uid, expiresAt } });
  const audiences = valueAt(request, "spec", "audiences");
  const isGiven = Array.isArray(audiences) && audiences.length > 0;
  return ok(
    {
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, uid, creationTimestamp: timestamp(now) },
      spec: { audiences: isGiven ? audiences : [audience], expirationSeconds, boundObjectRef: null },
      status: { token, expirationTimestamp: timestamp(expiresAt) },
    },
    201,
  );
}

const tokenRequest = { kind: "TokenRequest", group: "authentication.k8s.io" };

function placeProblems(request: unknown, namespace: string, name: string): readonly Problem[] {
  const wanted = { name, namespace };
  return (["name", "namespace"] as const).flatMap((member) => {
    const given = textAt(request, "metadata", member) ?? "";
    const detail = `must match the service account ${member} if specified`;
    return given === "" || given === wanted[member] ? [] : [bad(`metadata.${member}`, given, detail)];
  });
}

function ageProblems(seconds: number): readonly Problem[] {
  const field = "spec.expirationSeconds";
  if (seconds < 600) return [bad(field, seconds, "may not specify a duration less than 10 minutes")];
  if (seconds <= 2 ** 32) return [];
  return [bad(field, seconds, "may not specify a duration larger than 2^32 seconds")];
}
