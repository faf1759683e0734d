import { freezeJson } from "../json.ts";
import { EventLog } from "./event-log.ts";
import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./types.ts";

/** The one counter that all kinds share, as etcd's revision. */
export interface VersionCounter {
  version: number;
  /** ms since epoch. */
  now(): number;
}

/** Finds objects by a value computed from them; kept current on every write. */
class Index<T extends Resource> {
  private readonly buckets = new Map<string, Map<string, T>>();
  private readonly bucketOf: (object: T) => string | undefined;

  constructor(bucketOf: (object: T) => string | undefined) {
    this.bucketOf = bucketOf;
  }

  replace(key: string, previous: T | undefined, next: T | undefined): void {
    const before = previous === undefined ? undefined : this.bucketOf(previous);
    const after = next === undefined ? undefined : this.bucketOf(next);
    if (before !== undefined && before !== after) {
      const bucket = this.buckets.get(before);
      bucket?.delete(key);
      if (bucket?.size === 0) this.buckets.delete(before);
    }
    if (after === undefined || next === undefined) return;
    const bucket = this.buckets.get(after);
    if (bucket === undefined) this.buckets.set(after, new Map([[key, next]]));
    else bucket.set(key, next);
  }

  find(value: string): readonly T[] {
    const bucket = this.buckets.get(value);
    return bucket === undefined ? [] : [...bucket.values()];
  }
}

export function controllerUidOf(object: Resource): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}

/**
 * The current objects of one kind, their indexes, and the log of their changes. Objects are frozen;
 * a change is a new object.
 */
export class Store<T extends Resource = Resource> {
  readonly kind: KindInfo;
  readonly log = new EventLog<T>();
  private readonly counter: VersionCounter;
  private readonly objects = new Map<string, T>();
  private readonly byUid = new Map<string, T>();
  private readonly byOwner = new Index<T>(controllerUidOf);
  private readonly byNamespace = new Index<T>((object) => object.metadata.namespace);
  private readonly byNode = new Index<T>(nodeNameOf);
  private sorted: readonly T[] | undefined;

  constructor(kind: KindInfo, counter: VersionCounter) {
    this.kind = kind;
    this.counter = counter;
  }

  get(namespace: string | undefined, name: string): T | undefined {
    return this.objects.get(storageKey(namespace, name));
  }

  getByUid(uid: string): T | undefined {
    return this.byUid.get(uid);
  }

  /** In the order of namespace and name, as the API server lists. */
  all(): readonly T[] {
    this.sorted ??= [...this.objects.entries()]
      .sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0))
      .map(([, object]) => object);
    return this.sorted;
  }

  get size(): number {
    return this.objects.size;
  }

  /** Objects whose controller is the one with this UID; oldest first. */
  ownedBy(uid: string): readonly T[] {
    return this.byOwner.find(uid);
  }

  inNamespace(namespace: string): readonly T[] {
    return this.byNamespace.find(namespace);
  }

  /** Objects with this spec.nodeName (pods). */
  onNode(name: string): readonly T[] {
    return this.byNode.find(name);
  }

  /** Stores a new object or the next state of one; gives it as stored, with its new version. */
  put(object: T): T {
    const key = keyOf(object);
    const previous = this.objects.get(key);
    const stored = this.stamp(object);
    this.objects.set(key, stored);
    this.byUid.set(stored.metadata.uid, stored);
    this.reindex(key, previous, stored);
    this.log.append({
      version: this.counter.version,
      type: previous === undefined ? "ADDED" : "MODIFIED",
      object: stored,
      previous,
      time: this.counter.now(),
    });
    return stored;
  }

  remove(object: T): void {
    const key = keyOf(object);
    const previous = this.objects.get(key);
    if (previous === undefined) return;
    this.objects.delete(key);
    this.byUid.delete(previous.metadata.uid);
    const last = this.stamp(previous);
    this.reindex(key, previous, undefined);
    this.log.append({
      version: this.counter.version,
      type: "DELETED",
      object: last,
      previous,
      time: this.counter.now(),
    });
  }

  private stamp(object: T): T {
    this.counter.version += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.counter.version) };
    return freezeJson({ ...object, metadata });
  }

  private reindex(key: string, previous: T | undefined, next: T | undefined): void {
    this.sorted = undefined;
    this.byOwner.replace(key, previous, next);
    this.byNamespace.replace(key, previous, next);
    if (this.kind.plural === "pods") this.byNode.replace(key, previous, next);
  }
}

function nodeNameOf(object: Resource): string | undefined {
  const spec = object.spec;
  if (typeof spec !== "object" || spec === null || !("nodeName" in spec)) return undefined;
  return typeof spec.nodeName === "string" && spec.nodeName !== "" ? spec.nodeName : undefined;
}

function keyOf(object: Resource): string {
  return storageKey(object.metadata.namespace, object.metadata.name);
}

function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
