import { textAt } from "../json.ts";
import { type Cluster, tell } from "./cluster.ts";
import type { Resource } from "./object-types.ts";
import { refusePriorityOrRuntime } from "./pod-admission.ts";
import type { PodSpec } from "./pod-types.ts";

/** Why admission takes no such pod; undefined: it does. Source: the plugins Priority, ServiceAccount, RuntimeClass. */
export function refusePod(cluster: Cluster, namespace: string, spec: unknown): string | undefined {
  const { priorityclasses, serviceaccounts } = cluster.stores;
  const wanted = textAt(spec, "priorityClassName");
  if (wanted !== undefined && priorityclasses.get(undefined, wanted) === undefined) {
    return `no PriorityClass with name ${wanted} was found`;
  }
  const account = textAt(spec, "serviceAccountName") ?? "default";
  if (account !== "default" && serviceaccounts.get(namespace, account) === undefined) {
    return `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
  }
  return refusePriorityOrRuntime(cluster, spec);
}

/** The error that a controller gets for such a pod; undefined: it is made. `name` may be one to be completed. */
export function refusalOf(
  cluster: Cluster,
  {
    namespace = "",
    name,
    spec,
  }: { readonly namespace?: string; readonly name: string; readonly spec: PodSpec },
): string | undefined {
  const why = refusePod(cluster, namespace, spec);
  return why === undefined ? undefined : `pods ${JSON.stringify(name)} is forbidden: ${why}`;
}

const waiting = new WeakMap<Cluster, Map<string, () => void>>();

/**
 * A controller could not make a pod: it tells so, and looks again when there is another priority class or service
 * account. The real one tries again and again, ever less often.
 */
export function noteRefusal(
  cluster: Cluster,
  owner: Resource,
  {
    component,
    message,
    lookAgain,
  }: { readonly component: string; readonly message: string; lookAgain(): void },
): void {
  tell(cluster, owner, [component, "Warning", "FailedCreate"], message);
  const known = waiting.get(cluster) ?? new Map<string, () => void>();
  waiting.set(cluster, known.set(owner.metadata.uid, lookAgain));
}

export function runRefusals(cluster: Cluster): void {
  const { priorityclasses, serviceaccounts } = cluster.stores;
  const look = ({ type }: { readonly type: string }): void => {
    if (type !== "ADDED") return;
    const all = [...(waiting.get(cluster)?.values() ?? [])];
    waiting.delete(cluster);
    for (const lookAgain of all) lookAgain();
  };
  priorityclasses.log.observe(look);
  serviceaccounts.log.observe(look);
}
