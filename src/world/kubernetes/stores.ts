import type { Stores } from "./cluster.ts";
import type { KindTypes, Plural } from "./kind-types.ts";
import { kinds } from "./kinds.ts";
import { Store, type VersionCounter } from "./store.ts";

/** An empty store for every kind. */
export function newStores(counter: VersionCounter): Stores {
  const make = <P extends Plural>(plural: P): Store<KindTypes[P]> =>
    new Store<KindTypes[P]>(kinds[plural], counter);
  return {
    nodes: make("nodes"),
    namespaces: make("namespaces"),
    pods: make("pods"),
    configmaps: make("configmaps"),
    events: make("events"),
    services: make("services"),
    persistentvolumes: make("persistentvolumes"),
    persistentvolumeclaims: make("persistentvolumeclaims"),
    deployments: make("deployments"),
    replicasets: make("replicasets"),
    statefulsets: make("statefulsets"),
    daemonsets: make("daemonsets"),
    jobs: make("jobs"),
    poddisruptionbudgets: make("poddisruptionbudgets"),
    leases: make("leases"),
    priorityclasses: make("priorityclasses"),
    controllerrevisions: make("controllerrevisions"),
    horizontalpodautoscalers: make("horizontalpodautoscalers"),
    serviceaccounts: make("serviceaccounts"),
    secrets: make("secrets"),
    roles: make("roles"),
    rolebindings: make("rolebindings"),
    clusterroles: make("clusterroles"),
    clusterrolebindings: make("clusterrolebindings"),
  };
}
