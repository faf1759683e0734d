import { freezeJson } from "../json.ts";
import { EventLog } from "./event-log.ts";
import type { KindInfo } from "./kinds.ts";
import { LabelIndex } from "./label-index.ts";
import type { LabelSelector, Labels, Resource } from "./object-types.ts";
import { matchesSelector } from "./selectors.ts";
import { type Snapshot, SortedObjects } from "./sorted-objects.ts";
import {
  namespaceValues,
  nodeValues,
  ownerValues,
  StoreIndex,
  selectorOf,
  selectorValues,
  valuesOfLabels,
} from "./store-index.ts";

/** The one counter that all kinds share, as etcd's revision. */
export interface VersionCounter {
  version: number;
  /** ms since epoch. */
  now(): number;
}

/** Kinds of which there are many in a namespace, and which are looked up by selectors. */
const labelled: readonly string[] = ["pods", "replicasets", "controllerrevisions"];

/**
 * The current objects of one kind, their indexes, and the log of their changes. Objects are frozen;
 * a change is a new object.
 */
export class Store<T extends Resource = Resource> {
  readonly kind: KindInfo;
  readonly log = new EventLog<T>();
  /** What becomes of each new object before it is stored. */
  onArrival: ((object: T) => T) | undefined;
  private readonly counter: VersionCounter;
  private readonly objects = new Map<string, T>();
  private readonly byUid = new Map<string, T>();
  private readonly byOwner = new StoreIndex(ownerValues);
  private readonly byNamespace = new StoreIndex(namespaceValues);
  private readonly byNode = new StoreIndex(nodeValues);
  private readonly byLabel = new LabelIndex(this.objects);
  private readonly bySelector = new StoreIndex(selectorValues);
  private readonly inOrder = new SortedObjects<T>();
  private everything: readonly T[] | undefined;

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
    this.everything ??= this.inOrder.all();
    return this.everything;
  }

  /** All objects as they are now, under the keys "NAMESPACE/NAME" or "NAME", to be walked later too. */
  snapshot(): Snapshot<T> {
    return this.inOrder.snapshot();
  }

  get size(): number {
    return this.objects.size;
  }

  /** Objects whose controller is the one with this UID; oldest first. */
  ownedBy(uid: string): readonly T[] {
    return this.resolve(this.byOwner.find(uid));
  }

  inNamespace(namespace: string): readonly T[] {
    return this.resolve(this.byNamespace.find(namespace));
  }

  /** Objects with this spec.nodeName (pods). */
  onNode(name: string): readonly T[] {
    return this.resolve(this.byNode.find(name));
  }

  /** Objects of a namespace that a selector matches; found by its first label where it has one. */
  matching(namespace: string, selector: LabelSelector | undefined): readonly T[] {
    const [first] = Object.entries(selector?.matchLabels ?? {});
    const keys =
      first === undefined || !labelled.includes(this.kind.plural)
        ? this.byNamespace.find(namespace)
        : this.byLabel.find(namespace, first[0], first[1]);
    return this.resolve(keys).filter((object) => matchesSelector(selector, object.metadata.labels));
  }

  /** Budgets of a namespace whose selector matches these labels. */
  selecting(namespace: string, labels: Labels | undefined): readonly T[] {
    const found: T[] = [];
    this.resolveInto(found, this.bySelector.find(`${namespace}/`));
    for (const value of valuesOfLabels(namespace, labels)) {
      this.resolveInto(found, this.bySelector.find(value));
    }
    return found.filter((object) => matchesSelector(selectorOf(object), labels));
  }

  private resolve(keys: ReadonlySet<string>): readonly T[] {
    const found: T[] = [];
    this.resolveInto(found, keys);
    return found;
  }

  private resolveInto(found: T[], keys: ReadonlySet<string>): void {
    for (const key of keys) {
      const object = this.objects.get(key);
      if (object !== undefined) found.push(object);
    }
  }

  /** Stores a new object or the next state of one; gives it as stored, with its new version. */
  put(object: T): T {
    const key = keyOf(object);
    const previous = this.objects.get(key);
    const isNew = previous === undefined;
    const stored = this.stamp(isNew && this.onArrival !== undefined ? this.onArrival(object) : object);
    this.objects.set(key, stored);
    this.byUid.set(stored.metadata.uid, stored);
    this.reindex(key, previous, stored);
    this.log.append({
      version: this.counter.version,
      type: isNew ? "ADDED" : "MODIFIED",
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
    this.everything = undefined;
    if (next === undefined) this.inOrder.delete(key);
    else this.inOrder.set(key, next);
    this.byOwner.replace(key, previous, next);
    this.byNamespace.replace(key, previous, next);
    if (this.kind.plural === "poddisruptionbudgets") this.bySelector.replace(key, previous, next);
    if (this.kind.plural === "pods") this.byNode.replace(key, previous, next);
    if (labelled.includes(this.kind.plural)) this.byLabel.replace(key, previous, next);
  }
}

function keyOf(object: Resource): string {
  return storageKey(object.metadata.namespace, object.metadata.name);
}

/** The place of an object in the order of a list. */
export function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
