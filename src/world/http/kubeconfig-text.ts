import { stringify } from "yaml";

export interface KubeconfigParts {
  /** Of cluster and context. */
  readonly name: string;
  /** "https://127.0.0.1:PORT" */
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly user: string;
  readonly token: string;
}

/** A kubeconfig with one context, which is the current one. */
export function kubeconfigText({ name, server, authority, user, token }: KubeconfigParts): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: { server, "certificate-authority-data": Buffer.from(authority).toString("base64") },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [{ name, context: { cluster: name, user } }],
    "current-context": name,
  });
}
