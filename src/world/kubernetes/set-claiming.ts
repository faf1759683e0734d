import { type Cluster, draw, ownerReference, storeOf } from "./cluster.ts";
import type { Plural } from "./kind-types.ts";
import type { Resource } from "./object-types.ts";
import { matchesSelector } from "./selectors.ts";
import type { Store } from "./store.ts";
import { controllerUidOf, selectorOf } from "./store-index.ts";

/**
 * Deployments take in the ReplicaSets that nobody owns and their selector matches, StatefulSets and DaemonSets
 * such revisions: what was deleted with its dependents left behind, and is made again, goes on with them.
 * Source: controller_ref_manager.go ClaimReplicaSets, ClaimControllerRevisions, adoptOrphanRevisions
 */
export function runSetClaims(cluster: Cluster): void {
  const stores = (...plurals: readonly Plural[]): readonly Store[] =>
    plurals.map((plural) => storeOf(cluster, plural));
  runClaimsOf(cluster, storeOf(cluster, "replicasets"), stores("deployments"));
  runClaimsOf(cluster, storeOf(cluster, "controllerrevisions"), stores("statefulsets", "daemonsets"));
}

function runClaimsOf(cluster: Cluster, dependents: Store, owners: readonly Store[]): void {
  const claim = (uid: string): void => {
    const object = dependents.getByUid(uid);
    if (object === undefined || !isOrphan(object)) return;
    const owner = owners.flatMap((store) => ownersAmong(store, object))[0];
    if (owner !== undefined) adopt(dependents, object, owner);
  };
  for (const store of owners) {
    store.log.observe(({ type, object }) => {
      if (type !== "ADDED") return;
      for (const one of dependents.matching(object.metadata.namespace ?? "", selectorOf(object))) {
        const { uid } = one.metadata;
        if (isOrphan(one)) cluster.agenda.once(`claim/${uid}`, 0, () => claim(uid));
      }
    });
  }
  dependents.log.observe(({ type, object, previous }) => {
    if (type === "DELETED" || !isOrphan(object)) return;
    const isSame = previous !== undefined && isOrphan(previous);
    if (isSame && object.metadata.labels === previous.metadata.labels) return;
    const { uid } = object.metadata;
    cluster.agenda.once(`claim/${uid}`, draw(cluster, cluster.timings.controllerMs), () => claim(uid));
  });
}

function isOrphan(object: Resource): boolean {
  return controllerUidOf(object) === undefined && object.metadata.deletionTimestamp === undefined;
}

function ownersAmong(store: Store, { metadata }: Resource): readonly Resource[] {
  return store
    .inNamespace(metadata.namespace ?? "")
    .filter(
      (owner) =>
        owner.metadata.deletionTimestamp === undefined && matchesSelector(selectorOf(owner), metadata.labels),
    );
}

function adopt(dependents: Store, object: Resource, owner: Resource): void {
  const ownerReferences = [...(object.metadata.ownerReferences ?? []), ownerReference(owner)];
  dependents.put({ ...object, metadata: { ...object.metadata, ownerReferences } });
}
