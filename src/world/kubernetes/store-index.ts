import type { LabelSelector, Labels, OwnerReference, Resource } from "./object-types.ts";

/** The values by which an object is found; an object may have several, or none. */
export type ValuesOf = (object: Resource) => readonly string[];

const nothing: ReadonlySet<string> = new Set();

/** Finds the storage keys of objects by values computed from them. */
export class StoreIndex {
  private readonly buckets = new Map<string, Set<string>>();
  private readonly valuesOf: ValuesOf;

  constructor(valuesOf: ValuesOf) {
    this.valuesOf = valuesOf;
  }

  /** To be called with every change of an object. */
  replace(key: string, previous: Resource | undefined, next: Resource | undefined): void {
    const before = previous === undefined ? [] : this.valuesOf(previous);
    const after = next === undefined ? [] : this.valuesOf(next);
    if (before === after) return;
    for (const value of before) if (!after.includes(value)) this.remove(value, key);
    for (const value of after) if (!before.includes(value)) this.add(value, key);
  }

  find(value: string): ReadonlySet<string> {
    return this.buckets.get(value) ?? nothing;
  }

  private add(value: string, key: string): void {
    const bucket = this.buckets.get(value);
    if (bucket === undefined) this.buckets.set(value, new Set([key]));
    else bucket.add(key);
  }

  private remove(value: string, key: string): void {
    const bucket = this.buckets.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) this.buckets.delete(value);
  }
}

const none: readonly string[] = [];

/** The one owner that manages the object. Source: metav1 GetControllerOf. */
export function controllerOf({ metadata }: Resource): OwnerReference | undefined {
  if (metadata.ownerReferences === undefined) return undefined;
  for (const owner of metadata.ownerReferences) if (owner.controller === true) return owner;
  return undefined;
}

export function controllerUidOf(object: Resource): string | undefined {
  return controllerOf(object)?.uid;
}

export function ownerValues(object: Resource): readonly string[] {
  const uid = controllerUidOf(object);
  return uid === undefined ? none : [uid];
}

export function namespaceValues(object: Resource): readonly string[] {
  const { namespace } = object.metadata;
  return namespace === undefined ? none : [namespace];
}

/** spec.nodeName of pods. */
export function nodeValues(object: Resource): readonly string[] {
  const spec = object.spec;
  if (typeof spec !== "object" || spec === null || !("nodeName" in spec)) return none;
  return typeof spec.nodeName === "string" && spec.nodeName !== "" ? [spec.nodeName] : none;
}

const knownLabelValues = new WeakMap<
  object,
  { readonly namespace: string; readonly values: readonly string[] }
>();

/** "namespace/key=value" of each label; worked out once for labels that several objects share. */
export function valuesOfLabels(namespace: string, labels: Labels | undefined): readonly string[] {
  if (labels === undefined) return none;
  const known = knownLabelValues.get(labels);
  if (known?.namespace === namespace) return known.values;
  const values = Object.entries(labels).map(([key, value]) => labelValue(namespace, key, value));
  knownLabelValues.set(labels, { namespace, values });
  return values;
}

function labelValue(namespace: string, key: string, value: string): string {
  return `${namespace}/${key}=${value}`;
}

/** Of objects with a selector: "namespace/key=value" of its first label, "namespace/" where it has none. */
export function selectorValues(object: Resource): readonly string[] {
  const selector = selectorOf(object);
  if (selector === undefined) return none;
  const { namespace = "" } = object.metadata;
  const [first] = Object.entries(selector.matchLabels ?? {});
  return [first === undefined ? `${namespace}/` : labelValue(namespace, first[0], first[1])];
}

/** spec.selector, where it is a label selector. */
export function selectorOf({ spec }: Resource): LabelSelector | undefined {
  if (typeof spec !== "object" || spec === null || !("selector" in spec)) return undefined;
  return spec.selector as LabelSelector;
}
