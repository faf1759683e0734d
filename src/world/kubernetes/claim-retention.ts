import { isEqualJson } from "../json.ts";
import { type Cluster, collectorMs, ownerReference } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import type { OwnerReference } from "./object-types.ts";
import type { Pod } from "./pod-types.ts";
import type { StatefulSet } from "./workload-types.ts";

/**
 * Gives the claims of a StatefulSet's pod the owners with which they are to go: the set, or the pod where it is
 * surplus. Source: pkg/controller/statefulset updateClaimOwnerRefForSetAndPod.
 */
export function syncClaimOwners(cluster: Cluster, set: StatefulSet, pod: Pod, isSurplus: boolean): void {
  const { persistentvolumeclaims } = cluster.stores;
  for (const { metadata } of set.spec.volumeClaimTemplates ?? []) {
    const name = `${metadata.name}-${pod.metadata.name}`;
    const claim = persistentvolumeclaims.get(pod.metadata.namespace, name);
    if (claim === undefined) continue;
    const { ownerReferences: before = [], ...rest } = claim.metadata;
    const others = before.filter((owner) => !names(owner, set) && !names(owner, pod));
    const owner = before.some((one) => isForeign(one, set, pod)) ? undefined : ownerFor(set, pod, isSurplus);
    const ownerReferences = owner === undefined ? others : [...others, owner];
    if (isEqualJson(before, ownerReferences)) continue;
    const next = ownerReferences.length === 0 ? rest : { ...rest, ownerReferences };
    persistentvolumeclaims.put({ ...claim, metadata: next });
  }
}

function ownerFor(set: StatefulSet, pod: Pod, isSurplus: boolean): OwnerReference | undefined {
  const { whenScaled, whenDeleted } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === "Delete" && isSurplus) return ownerReference(pod);
  return whenDeleted === "Delete" ? ownerReference(set) : undefined;
}

function names(owner: OwnerReference, { kind, metadata }: StatefulSet | Pod): boolean {
  return owner.kind === kind && owner.name === metadata.name;
}

/** Somebody else manages the claim, or an earlier set or pod of this name did. */
function isForeign(owner: OwnerReference, set: StatefulSet, pod: Pod): boolean {
  const ours = [set, pod].find((one) => names(owner, one));
  return ours === undefined ? owner.controller === true : owner.uid !== ours.metadata.uid;
}

/** Claims that a pod owns go with it. */
export function runClaimRetention(cluster: Cluster): void {
  const { pods, persistentvolumeclaims } = cluster.stores;
  pods.log.observe(({ type, object }) => {
    const { uid } = object.metadata;
    if (type !== "DELETED" || persistentvolumeclaims.ownedBy(uid).length === 0) return;
    cluster.agenda.after(collectorMs, () => {
      for (const claim of persistentvolumeclaims.ownedBy(uid)) {
        deleteObject(cluster, "persistentvolumeclaims", claim);
      }
    });
  });
}
