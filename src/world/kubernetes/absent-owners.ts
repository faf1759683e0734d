import { type Cluster, collectorMs, storeOf } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import type { Plural } from "./kind-types.ts";
import { findKindByName, kindList } from "./kinds.ts";
import type { OwnerReference, Resource } from "./object-types.ts";

/**
 * UID of an owner → UIDs of objects to which a client gave that owner. What controllers make is not here:
 * its owners are there, and it is found by them.
 */
type Given = Map<string, Map<string, Plural>>;

const given = new WeakMap<Cluster, Given>();

function givenIn(cluster: Cluster): Given {
  const found = given.get(cluster) ?? new Map<string, Map<string, Plural>>();
  given.set(cluster, found);
  return found;
}

/** Plays the part of the garbage collector that looks for owners of what clients made. */
export function watchAbsentOwners(cluster: Cluster): void {
  const owners = givenIn(cluster);
  for (const { plural } of kindList) {
    storeOf(cluster, plural).log.observe(({ type, object }) => {
      if (owners.size === 0 || type !== "DELETED") return;
      const dependents = owners.get(object.metadata.uid);
      for (const [uid, kind] of dependents ?? []) lookSoon(cluster, kind, uid);
    });
  }
}

/** To be called with what a client stored: its owners may not be there. */
export function noteOwners(cluster: Cluster, plural: Plural, { metadata }: Resource): void {
  const references = metadata.ownerReferences ?? [];
  if (references.length === 0) return;
  const owners = givenIn(cluster);
  for (const { uid } of references) {
    const dependents = owners.get(uid) ?? new Map<string, Plural>();
    owners.set(uid, dependents.set(metadata.uid, plural));
  }
  lookSoon(cluster, plural, metadata.uid);
}

/** What clients gave to this owner, and is its still. */
export function givenTo(
  cluster: Cluster,
  owner: string,
): readonly { readonly plural: Plural; readonly object: Resource }[] {
  return [...(givenIn(cluster).get(owner) ?? [])].flatMap(([uid, plural]) => {
    const object = storeOf(cluster, plural).getByUid(uid);
    const isOwned = object?.metadata.ownerReferences?.some((reference) => reference.uid === owner) === true;
    return object !== undefined && isOwned ? [{ plural, object }] : [];
  });
}

function lookSoon(cluster: Cluster, plural: Plural, uid: string): void {
  cluster.agenda.after(collectorMs, () => look(cluster, plural, uid));
}

/** Without any owner the object goes; otherwise it forgets the absent ones. Source: attemptToDeleteItem. */
function look(cluster: Cluster, plural: Plural, uid: string): void {
  const object = storeOf(cluster, plural).getByUid(uid);
  if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
  const { ownerReferences = [], ...metadata } = object.metadata;
  const present = ownerReferences.filter((owner) => !isAbsent(cluster, owner, metadata.namespace));
  if (present.length === ownerReferences.length) return;
  if (present.length === 0) deleteObject(cluster, plural, object);
  else storeOf(cluster, plural).put({ ...object, metadata: { ...metadata, ownerReferences: present } });
}

/** Of a kind that nobody here knows, an owner is believed to be there; so is one that cannot be named. */
function isAbsent(
  cluster: Cluster,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string | undefined,
): boolean {
  const info = findKindByName(apiVersion, kind);
  if (info === undefined || (info.isNamespaced && namespace === undefined)) return false;
  const owner = storeOf(cluster, info.plural).get(info.isNamespaced ? namespace : undefined, name);
  return owner?.metadata.uid !== uid;
}
