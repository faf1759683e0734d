import { join } from "node:path";
import type { ServedWorld } from "#world/http/serve-world.ts";

/** Clusters, accounts and proxies of this machine: a child of the demo knows of none. */
const OUTSIDE = /^(AWS_.*|KUBE.*|.*_proxy)$/i;

/** Where runs are kept, beside the plan. */
export const stateHomeIn = (folder: string): string => join(folder, "state");

/** What points a process of dextre at the demo's own servers, and at nothing else. */
export function childEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  served: Pick<ServedWorld, "awsEnvironment">,
  { folder, kubeconfig }: { readonly folder: string; readonly kubeconfig: string },
): Readonly<Record<string, string | undefined>> {
  const inherited = Object.entries(environment).filter(([name]) => !OUTSIDE.test(name));
  return {
    ...Object.fromEntries(inherited),
    ...served.awsEnvironment,
    AWS_CONFIG_FILE: join(folder, "no-aws-config"),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, "no-aws-credentials"),
    KUBECONFIG: kubeconfig,
    XDG_STATE_HOME: stateHomeIn(folder),
  };
}
