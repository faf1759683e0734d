import type { Resource } from "./object-types.ts";

const nothing: ReadonlySet<string> = new Set();

/** Namespace → value → storage keys. */
type Buckets = Map<string, Map<string, Set<string>>>;

/**
 * Finds the storage keys of objects by one of their labels. A label is indexed from the first time that
 * somebody asks by it: pods have several, and most are asked by one.
 */
export class LabelIndex {
  private readonly byLabel = new Map<string, Buckets>();
  private readonly objects: ReadonlyMap<string, Resource>;

  /** `objects` are all there are, by their storage keys, and always of the present. */
  constructor(objects: ReadonlyMap<string, Resource>) {
    this.objects = objects;
  }

  /** To be called with every change of an object, once `objects` has it. */
  replace(key: string, previous: Resource | undefined, next: Resource | undefined): void {
    if (previous?.metadata.labels === next?.metadata.labels) return;
    for (const [label, buckets] of this.byLabel) {
      const before = previous?.metadata.labels?.[label];
      const after = next?.metadata.labels?.[label];
      if (before === after) continue;
      if (previous !== undefined && before !== undefined) remove(buckets, previous, before, key);
      if (next !== undefined && after !== undefined) add(buckets, next, after, key);
    }
  }

  find(namespace: string, label: string, value: string): ReadonlySet<string> {
    const buckets = this.byLabel.get(label) ?? this.indexed(label);
    return buckets.get(namespace)?.get(value) ?? nothing;
  }

  private indexed(label: string): Buckets {
    const buckets: Buckets = new Map();
    for (const [key, object] of this.objects) {
      const value = object.metadata.labels?.[label];
      if (value !== undefined) add(buckets, object, value, key);
    }
    this.byLabel.set(label, buckets);
    return buckets;
  }
}

function add(buckets: Buckets, { metadata }: Resource, value: string, key: string): void {
  const namespace = metadata.namespace ?? "";
  let byValue = buckets.get(namespace);
  if (byValue === undefined) {
    byValue = new Map();
    buckets.set(namespace, byValue);
  }
  const keys = byValue.get(value);
  if (keys === undefined) byValue.set(value, new Set([key]));
  else keys.add(key);
}

function remove(buckets: Buckets, { metadata }: Resource, value: string, key: string): void {
  const byValue = buckets.get(metadata.namespace ?? "");
  const keys = byValue?.get(value);
  keys?.delete(key);
  if (keys?.size === 0) byValue?.delete(value);
}
