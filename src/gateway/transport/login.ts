import type { OutgoingHttpHeaders } from "node:http";
import type { RequestOptions } from "node:https";
import { type Cluster, KubeConfig } from "@kubernetes/client-node";
import { WireError } from "#gateway/wire.ts";
import type { KubeconfigUser } from "./kubeconfig-user.ts";
import { errorCode } from "./wire-failure.ts";

/** What a request presents: authority, client certificate, headers of authentication and impersonation. */
export type Login = Readonly<
  Pick<RequestOptions, "ca" | "cert" | "key" | "servername" | "rejectUnauthorized" | "auth">
> & { readonly headers: Readonly<OutgoingHttpHeaders> };

/** Names a file and the system's code, and nothing else of the error: its text may hold a token. */
function loginFailure(error: unknown, who: string): WireError {
  if (error instanceof WireError) return error;
  const code = errorCode(error) || errorCode(error instanceof Error ? error.cause : undefined);
  const why = code || (error instanceof Error ? error.name : "unknown reason");
  const file = error instanceof Error && "path" in error ? String(error.path) : "";
  const message = file === "" ? `${who} failed (${why})` : `${who}: ${file} cannot be read (${why})`;
  return new WireError("credentials", message, false);
}

/** client-node drops what else can be impersonated. */
function impersonation({ impersonateUid, impersonateGroups }: KubeconfigUser): OutgoingHttpHeaders {
  return {
    ...(impersonateUid ? { "impersonate-uid": impersonateUid } : {}),
    ...(impersonateGroups?.length ? { "impersonate-group": [...impersonateGroups] } : {}),
  };
}

/**
 * What client-node makes of a cluster and a user. Asks an auth-provider where the user has one, and
 * must not be given an exec plugin: client-node's has no time-out. Each call reads files again.
 * @throws WireError of failure "credentials"
 */
export async function logIn(cluster: Cluster, user: KubeconfigUser): Promise<Login> {
  const config = new KubeConfig();
  // The agent that client-node makes per request, with its proxy, is not used; it takes http:// only with this word.
  const skipTLSVerify = cluster.skipTLSVerify || cluster.server.startsWith("http:");
  config.loadFromClusterAndUser({ ...cluster, proxyUrl: "", skipTLSVerify }, user);
  // Without a word of ours NODE_TLS_REJECT_UNAUTHORIZED could switch verification off.
  const options: RequestOptions & { headers: OutgoingHttpHeaders } = {
    rejectUnauthorized: true,
    headers: impersonation(user),
  };
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw loginFailure(error, user.authProvider ? `auth-provider ${user.authProvider.name}` : "the login");
  }
  const { ca, cert, key, servername, rejectUnauthorized, auth, headers } = options;
  // A token's file ends with a line end.
  const { Authorization: authorization } = headers;
  if (typeof authorization === "string") headers.Authorization = authorization.trim();
  return { ca, cert, key, servername, rejectUnauthorized, auth, headers };
}
