import type { ObjectRef, Resources } from "#model/objects.ts";
import { field, items, neededText, text, texts, wholeNumber } from "./foreign.ts";
import { quantity } from "./quantity.ts";

export interface Metadata {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** @throws ForeignShapeError where name, uid or resourceVersion are missing. */
export function projectMetadata(object: unknown): Metadata {
  const metadata = field(object, "metadata");
  return {
    name: neededText(field(metadata, "name"), "name"),
    uid: neededText(field(metadata, "uid"), "uid"),
    resourceVersion: neededText(field(metadata, "resourceVersion"), "resourceVersion"),
    createdAt: text(field(metadata, "creationTimestamp")),
    labels: texts(field(metadata, "labels")),
  };
}

/** @throws ForeignShapeError where it has none. */
export function namespaceOf(object: unknown): string {
  return neededText(field(object, "metadata", "namespace"), "namespace");
}

const BUILT_IN_GROUPS: ReadonlySet<string> = new Set(["", "apps", "batch"]);

/**
 * The owner that is marked as controller. A kind of a foreign group is written "Kind.group", so that
 * somebody's own StatefulSet is not taken for the built-in one.
 */
export function projectController(object: unknown): ObjectRef | null {
  const owners = items(field(object, "metadata", "ownerReferences"));
  const owner = owners.find((entry) => field(entry, "controller") === true);
  if (owner === undefined) return null;
  const kind = text(field(owner, "kind"));
  const [group, version] = text(field(owner, "apiVersion")).split("/");
  const groupName = version === undefined ? "" : (group ?? "");
  const reference = {
    kind: BUILT_IN_GROUPS.has(groupName) ? kind : `${kind}.${groupName}`,
    name: text(field(owner, "name")),
    uid: text(field(owner, "uid")),
  };
  // Owners live in the namespace of what they own; nodes, the owners of mirror pods, live in none.
  return kind === "Node" ? reference : { ...reference, namespace: namespaceOf(object) };
}

export function projectResources(value: unknown, pods: number): Resources {
  return {
    cpuMillis: quantity(field(value, "cpu"), 1000),
    memoryBytes: quantity(field(value, "memory"), 1),
    pods,
  };
}

export function isTerminating(object: unknown): boolean {
  return typeof field(object, "metadata", "deletionTimestamp") === "string";
}

export function generation(object: unknown): number {
  return wholeNumber(field(object, "metadata", "generation"), 0);
}
