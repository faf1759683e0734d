import { writeFileSync } from "node:fs";
import { parse } from "yaml";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import type { KubernetesWire } from "#gateway/wire.ts";

/** A wire to the cluster of a kubeconfig with another token. `file` is written: dextre's transport reads files alone. */
export function wireWithToken(kubeconfig: string, token: string, file: string): KubernetesWire {
  const config = parse(kubeconfig) as { readonly users: readonly { readonly name: string }[] };
  const users = config.users.map(({ name }) => ({ name, user: { token } }));
  writeFileSync(file, JSON.stringify({ ...config, users }), { mode: 0o600 });
  return openKubernetesWire({ kubeconfig: file }).wire;
}
