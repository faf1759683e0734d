import type { Cluster } from "@kubernetes/client-node";
import type { Kubeconfig } from "./kubeconfig.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import type { KubeconfigUser } from "./kubeconfig-user.ts";

export interface SelectedContext {
  readonly name: string;
  readonly cluster: Cluster;
  readonly user: KubeconfigUser;
}

/** A context without a user takes no credentials, as kubectl allows; client-node would drop the authority too. */
const NOBODY: KubeconfigUser = { name: "" };

function broken(message: string): KubeconfigError {
  return new KubeconfigError("E-KUBECONFIG", message, "Mend the kubeconfig, or choose another --context.");
}

function listContexts({ config }: Kubeconfig): string {
  const names = [...new Set(config.getContexts().map(({ name }) => name))].sort();
  return names.length === 0 ? "There are none." : `There are: ${names.join(", ")}.`;
}

/** The context asked for, else the current one, with its cluster and user. @throws KubeconfigError */
export function selectContext(kubeconfig: Kubeconfig, asked: string | undefined): SelectedContext {
  const { config } = kubeconfig;
  const name = asked ?? config.getCurrentContext();
  const files = kubeconfig.files.join(", ");
  if (name === "") {
    const message = `no context is current in ${files}. ${listContexts(kubeconfig)}`;
    throw new KubeconfigError("E-CONTEXT-MISSING", message, "Name one with --context.");
  }
  const context = config.getContextObject(name);
  if (!context) {
    const message = `there is no context "${name}" in ${files}. ${listContexts(kubeconfig)}`;
    throw new KubeconfigError("E-CONTEXT-MISSING", message, "Name one of these with --context.");
  }
  const cluster = config.getCluster(context.cluster);
  if (!cluster) {
    throw broken(
      `context "${name}" names cluster "${context.cluster}", which is not defined or has no server`,
    );
  }
  const user = context.user ? config.getUser(context.user) : NOBODY;
  if (!user) throw broken(`context "${name}" names user "${context.user}", which is not defined`);
  return { name, cluster, user };
}
