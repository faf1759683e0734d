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

const nobody = "before-first-apply";
/** Whose cordon it is, is asked of nodes that nobody ever applied. Others are spared the bookkeeping until then. */
const noted: readonly string[] = ["Node"];

export function entriesOf(object: Resource): readonly ManagedEntry[] {
  return object.metadata.managedFields ?? [];
}

/**
 * What nobody is noted for in an object that nobody applied yet belongs to whoever made it. Source: fieldmanager
 * skipNonApplied.
 */
export function entriesBeforeApply(object: Resource, time: string): readonly ManagedEntry[] {
  const entries = entriesOf(object);
  if (entries.some(({ manager, operation }) => operation === "Apply" || manager === nobody)) return entries;
  const owned = entries.flatMap(({ fieldsV1 }) => pathsOf(fieldsV1));
  const all = fieldSetOf(object.kind, ownable({ ...object }));
  const rest = owned.reduce((left, path) => without(left, path), all);
  return [...entries, entry(nobody, "Update", object, rest, time)];
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
  if (entries.length === 0 && !noted.includes(next.kind)) return entries;
  const [before, after] = differing(ownable({ ...current }), ownable({ ...next }));
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

/** Both without the members that are the same in both: most writes change few, and sets of fields are dear. */
function differing(one: JsonRecord, other: JsonRecord): readonly [JsonRecord, JsonRecord] {
  const part = (of: JsonRecord): JsonRecord =>
    Object.fromEntries(Object.entries(of).filter(([key]) => !isEqualJson(one[key], other[key])));
  return [part(one), part(other)];
}

function setOfPath(path: FieldPath): FieldSet {
  return path.reduceRight<FieldSet>((inner, step) => ({ [step]: inner }), {});
}
