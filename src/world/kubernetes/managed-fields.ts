import { isEqualJson, isRecord, type JsonRecord } from "../json.ts";
import {
  type FieldPath,
  type FieldSet,
  fieldSetOf,
  fieldValue,
  holds,
  pathsOf,
  union,
  without,
} from "./field-sets.ts";
import type { ManagedEntry, Resource } from "./object-types.ts";

const ownMetadata: readonly string[] = ["labels", "annotations", "finalizers", "ownerReferences"];

/** The part of an object that programs own: without identity, versions and status. */
export function ownable({
  metadata,
  apiVersion: _version,
  kind: _kind,
  status: _status,
  ...rest
}: JsonRecord): JsonRecord {
  const given = isRecord(metadata) ? metadata : {};
  const kept = Object.fromEntries(Object.entries(given).filter(([key]) => ownMetadata.includes(key)));
  return { ...rest, ...(Object.keys(kept).length === 0 ? {} : { metadata: kept }) };
}

export function entriesOf(object: Resource): readonly ManagedEntry[] {
  return object.metadata.managedFields ?? [];
}

/** An object that nobody applied yet belongs to whoever made it. Source: fieldmanager skipNonApplied. */
export function entriesBeforeApply(object: Resource, time: string): readonly ManagedEntry[] {
  const entries = entriesOf(object);
  if (entries.length > 0) return entries;
  return [
    entry("before-first-apply", "Update", object, fieldSetOf(object.kind, ownable({ ...object })), time),
  ];
}

export function entry(
  manager: string,
  operation: "Apply" | "Update",
  { apiVersion }: Pick<Resource, "apiVersion">,
  fieldsV1: FieldSet,
  time: string,
): ManagedEntry {
  return { manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1 };
}

/** Others no longer own these fields. */
export function disowned(
  entries: readonly ManagedEntry[],
  paths: readonly FieldPath[],
): readonly ManagedEntry[] {
  return entries
    .map((one) => ({ ...one, fieldsV1: paths.reduce((set, path) => without(set, path), one.fieldsV1) }))
    .filter(({ fieldsV1 }) => Object.keys(fieldsV1).length > 0);
}

/** Who owns what after a write that was no apply: the fields that changed are the writer's. */
export function entriesAfterUpdate(
  current: Resource,
  next: Resource,
  manager: string,
  time: string,
): readonly ManagedEntry[] {
  const entries = entriesOf(current);
  if (entries.length === 0) return entries;
  const [before, after] = [ownable({ ...current }), ownable({ ...next })];
  const set = fieldSetOf(next.kind, after);
  const changed = pathsOf(set).filter(
    (path) => !isEqualJson(fieldValue(before, path), fieldValue(after, path)),
  );
  const gone = pathsOf(fieldSetOf(current.kind, before)).filter((path) => !holds(set, path));
  if (changed.length === 0 && gone.length === 0) return entries;
  const isOwn = (one: ManagedEntry): boolean => one.manager === manager && one.operation === "Update";
  const own = entries.find(isOwn)?.fieldsV1 ?? {};
  const others = disowned(
    entries.filter((one) => !isOwn(one)),
    [...changed, ...gone],
  );
  const rest = gone.reduce((left, path) => without(left, path), own);
  const mine = changed.reduce((sum, path) => union(sum, setOfPath(path)), rest);
  if (Object.keys(mine).length === 0) return others;
  return [...others, entry(manager, "Update", next, mine, time)];
}

function setOfPath(path: FieldPath): FieldSet {
  return path.reduceRight<FieldSet>((inner, step) => ({ [step]: inner }), {});
}
