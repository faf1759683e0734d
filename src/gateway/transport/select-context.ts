import { KubeconfigError } from "./kubeconfig-error.ts";
import type { Kubeconfig, KubeconfigCluster, KubeconfigUser } from "./kubeconfig-types.ts";

export interface SelectedContext {
  readonly name: string;
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
}

/** "" takes no credentials: an anonymous user, as kubectl allows. */
const NOBODY: KubeconfigUser = {
  token: "",
  tokenFile: "",
  username: "",
  password: "",
  certificateFile: "",
  certificateData: "",
  keyFile: "",
  keyData: "",
  impersonatedUser: "",
  impersonatedUid: "",
  impersonatedGroups: [],
  exec: null,
  authProvider: null,
};

function broken(message: string): KubeconfigError {
  return new KubeconfigError("E-KUBECONFIG", message, "Mend the kubeconfig, or choose another --context.");
}

function listContexts(kubeconfig: Kubeconfig): string {
  const names = [...kubeconfig.contexts.keys()].sort();
  return names.length === 0 ? "There are none." : `There are: ${names.join(", ")}.`;
}

/** The context asked for, else the current one, with its cluster and user. @throws KubeconfigError */
export function selectContext(kubeconfig: Kubeconfig, asked: string | undefined): SelectedContext {
  const name = asked ?? kubeconfig.currentContext;
  const files = kubeconfig.files.join(", ");
  if (name === "") {
    const message = `no context is current in ${files}. ${listContexts(kubeconfig)}`;
    throw new KubeconfigError("E-CONTEXT-MISSING", message, "Name one with --context.");
  }
  const context = kubeconfig.contexts.get(name);
  if (!context) {
    const message = `there is no context "${name}" in ${files}. ${listContexts(kubeconfig)}`;
    throw new KubeconfigError("E-CONTEXT-MISSING", message, "Name one of these with --context.");
  }
  const cluster = kubeconfig.clusters.get(context.cluster);
  if (!cluster) throw broken(`context "${name}" names cluster "${context.cluster}", which is not defined`);
  if (cluster.server === "") throw broken(`cluster "${context.cluster}" has no server`);
  const user = context.user === "" ? NOBODY : kubeconfig.users.get(context.user);
  if (!user) throw broken(`context "${name}" names user "${context.user}", which is not defined`);
  return { name, cluster, user };
}
