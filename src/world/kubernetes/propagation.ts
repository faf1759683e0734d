import { givenTo } from "./absent-owners.ts";
import { type Cluster, collectorMs, storeOf } from "./cluster.ts";
import { deleteObject, foregroundFinalizer, orphanFinalizer } from "./deletion.ts";
import type { Plural } from "./kind-types.ts";
import { kindList } from "./kinds.ts";
import type { Resource } from "./object-types.ts";

interface Dependent {
  readonly plural: Plural;
  readonly object: Resource;
}

/**
 * Plays the garbage collector for deletions that are not in the background: in the foreground the
 * dependents go first, and their owner with the last of them; orphans lose the reference to their owner.
 * Source: pkg/controller/garbagecollector.
 */
export function runPropagation(cluster: Cluster): void {
  for (const { plural } of kindList) {
    storeOf(cluster, plural).log.observe(({ type, object, previous }) => {
      if (type === "DELETED") releaseOwners(cluster, object);
      else if (waitsForDependents(object) && !(previous !== undefined && waitsForDependents(previous))) {
        cluster.agenda.after(collectorMs, () => propagate(cluster, plural, object));
      }
    });
  }
}

function waitsForDependents({ metadata }: Resource): boolean {
  if (metadata.deletionTimestamp === undefined || metadata.finalizers === undefined) return false;
  return metadata.finalizers.includes(foregroundFinalizer) || metadata.finalizers.includes(orphanFinalizer);
}

function dependentsOf(cluster: Cluster, uid: string): readonly Dependent[] {
  const controlled = kindList.flatMap(({ plural }) =>
    storeOf(cluster, plural)
      .ownedBy(uid)
      .map((object) => ({ plural, object })),
  );
  const others = givenTo(cluster, uid).filter(
    ({ object }) => !controlled.some((dependent) => dependent.object.metadata.uid === object.metadata.uid),
  );
  return [...controlled, ...others];
}

function propagate(cluster: Cluster, plural: Plural, owner: Resource): void {
  const { uid, finalizers } = owner.metadata;
  const dependents = dependentsOf(cluster, uid);
  if (finalizers?.includes(orphanFinalizer) === true) {
    for (const { plural: kind, object } of dependents) orphan(cluster, kind, object, uid);
    release(cluster, plural, uid);
    return;
  }
  for (const { plural: kind, object } of dependents) {
    if (object.metadata.deletionTimestamp === undefined) {
      deleteObject(cluster, kind, object, undefined, "Foreground");
    }
  }
  if (dependentsOf(cluster, uid).length === 0) release(cluster, plural, uid);
}

function orphan(cluster: Cluster, plural: Plural, object: Resource, owner: string): void {
  const { ownerReferences = [], ...metadata } = object.metadata;
  const others = ownerReferences.filter(({ uid }) => uid !== owner);
  storeOf(cluster, plural).put({
    ...object,
    metadata: others.length === 0 ? metadata : { ...metadata, ownerReferences: others },
  });
}

/** An object has gone: owners that waited for it may go. */
function releaseOwners(cluster: Cluster, { metadata }: Resource): void {
  for (const { uid } of metadata.ownerReferences ?? []) {
    for (const { plural } of kindList) {
      const owner = storeOf(cluster, plural).getByUid(uid);
      if (owner === undefined || !waitsForDependents(owner)) continue;
      cluster.agenda.after(collectorMs, () => {
        if (dependentsOf(cluster, uid).length === 0) release(cluster, plural, uid);
      });
    }
  }
}

/** Takes the collector's finalizers away; without others the object goes. */
function release(cluster: Cluster, plural: Plural, uid: string): void {
  const store = storeOf(cluster, plural);
  const owner = store.getByUid(uid);
  if (owner === undefined) return;
  const { finalizers = [], ...metadata } = owner.metadata;
  const others = finalizers.filter((one) => one !== foregroundFinalizer && one !== orphanFinalizer);
  if (others.length === 0) store.remove(owner);
  else if (others.length < finalizers.length) {
    store.put({ ...owner, metadata: { ...metadata, finalizers: others } });
  }
}
