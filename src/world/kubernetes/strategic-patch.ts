import { isRecord, type JsonRecord } from "../json.ts";
import { type Field, type FieldType, structOf } from "./fields.ts";
import { PatchError } from "./patch.ts";

const directive = "$patch";
const deletePrefix = "$deleteFromPrimitiveList/";
const orderPrefix = "$setElementOrder/";
const retainKeys = "$retainKeys";

/**
 * A strategic merge patch of an object of this kind. Source: apimachinery util/strategicpatch, with the
 * strategies of the Go types.
 * @throws PatchError
 */
export function strategicPatch(kind: string, target: JsonRecord, patch: unknown): unknown {
  if (!isRecord(patch))
    throw new PatchError(400, "json: cannot unmarshal array into Go value of type map[string]interface {}");
  return mergeStruct(target, patch, { kind: "struct", name: kind });
}

function mergeStruct(original: JsonRecord, patch: JsonRecord, type: FieldType): JsonRecord {
  const order = patch[directive];
  if (order === "replace") return without(patch, directive);
  if (order === "delete") return {};
  if (order !== undefined) throw badDirective(order, patch);
  const result: Record<string, unknown> = retained(original, patch);
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (key === retainKeys) continue;
    if (key.startsWith(deletePrefix)) {
      const name = key.slice(deletePrefix.length);
      if (Array.isArray(result[name])) result[name] = subtract(result[name], value);
    } else if (key.startsWith(orderPrefix)) {
      const name = key.slice(orderPrefix.length);
      if (patch[name] === undefined) reorder(result, name, [], value, fieldOf(type, name));
    } else if (value === null) delete result[key];
    else mergeMember(result, key, value, { type, order: patch[`${orderPrefix}${key}`] });
  }
  return result;
}

/** `$retainKeys`: members of the original that are not listed go. */
function retained(original: JsonRecord, patch: JsonRecord): Record<string, unknown> {
  const keep = patch[retainKeys];
  if (keep === undefined) return { ...original };
  const isListed = (key: string): boolean => Array.isArray(keep) && keep.includes(key);
  const stray = Object.keys(patch).some(
    (key) => !key.startsWith("$") && patch[key] !== null && !isListed(key),
  );
  if (!Array.isArray(keep) || stray) throw new PatchError(400, "invalid patch format of retainKeys");
  return Object.fromEntries(Object.entries(original).filter(([key]) => isListed(key)));
}

function fieldOf(type: FieldType, key: string): Field | undefined {
  return type.kind === "struct" ? structOf(type.name)?.get(key) : undefined;
}

function memberType(type: FieldType, field: Field | undefined): FieldType {
  if (type.kind === "map") return type.item;
  return field?.type ?? { kind: "scalar", name: "any" };
}

function mergeMember(
  result: Record<string, unknown>,
  key: string,
  value: unknown,
  { type, order }: { readonly type: FieldType; readonly order: unknown },
): void {
  const before = result[key];
  const field = fieldOf(type, key);
  const member = memberType(type, field);
  if (isRecord(before) && isRecord(value)) {
    result[key] = field?.isReplaced === true ? value : mergeStruct(before, value, member);
    return;
  }
  if (!Array.isArray(before) || !Array.isArray(value) || field?.mergeKey === undefined) {
    result[key] = clean(value);
    if (result[key] === undefined) delete result[key];
    return;
  }
  const item = member.kind === "list" ? member.item : member;
  result[key] = mergeList(before, value, field.mergeKey, item);
  if (order === undefined) reorder(result, key, before, field.mergeKey === "" ? value : live(value), field);
  else reorder(result, key, before, order, field);
}

/** The items of a patch list that are no directives. */
function live(patch: readonly unknown[]): readonly unknown[] {
  return patch.filter((item) => !isRecord(item) || item[directive] === undefined);
}

function mergeList(
  before: readonly unknown[],
  patch: readonly unknown[],
  key: string,
  item: FieldType,
): readonly unknown[] {
  if (key === "") return [...new Set([...before, ...patch])];
  let result = [...before];
  if (patch.some((one) => isRecord(one) && one[directive] === "replace")) return live(patch).map(clean);
  for (const one of patch) {
    if (!isRecord(one) || one[key] === undefined) {
      throw new PatchError(500, `map: ${goMap(one)} does not contain declared merge key: ${key}`);
    }
    const index = result.findIndex((present) => isRecord(present) && present[key] === one[key]);
    const present = result[index];
    if (one[directive] === "delete") {
      result = result.filter((other) => !isRecord(other) || other[key] !== one[key]);
    } else if (one[directive] !== undefined) throw badDirective(one[directive], one);
    else if (isRecord(present)) result[index] = mergeStruct(present, one, item);
    else result.push(clean(one));
  }
  return result;
}

/**
 * Puts the items that the order names into that order; the others keep their places relative to what stood
 * beside them before.
 */
function reorder(
  result: Record<string, unknown>,
  name: string,
  before: readonly unknown[],
  order: unknown,
  field: Field | undefined,
): void {
  const list = result[name];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const key = field?.mergeKey ?? "";
  const idOf = (item: unknown): unknown => (key !== "" && isRecord(item) ? item[key] : item);
  const wanted = order.map(idOf);
  const original = (before.length > 0 ? before : list).map(idOf);
  const ordered = list
    .filter((item) => wanted.includes(idOf(item)))
    .sort((left, right) => wanted.indexOf(idOf(left)) - wanted.indexOf(idOf(right)));
  const others = list.filter((item) => !wanted.includes(idOf(item)));
  result[name] = interleave(ordered, others, (item) => original.indexOf(idOf(item)));
}

/** Source: strategicpatch.mergeSortedSlice: a server-only item goes before the first one it stood before. */
function interleave(
  ordered: readonly unknown[],
  others: readonly unknown[],
  placeOf: (item: unknown) => number,
): readonly unknown[] {
  const result: unknown[] = [];
  let next = 0;
  for (const item of ordered) {
    const place = placeOf(item);
    while (next < others.length && place >= 0 && placeOf(others[next]) < place) {
      result.push(others[next]);
      next += 1;
    }
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

function subtract(list: readonly unknown[], removed: unknown): readonly unknown[] {
  return Array.isArray(removed) ? list.filter((item) => !removed.includes(item)) : list;
}

function without(value: JsonRecord, key: string): JsonRecord {
  const { [key]: _dropped, ...rest } = value;
  return rest;
}

/** A value that is new in the object: without directives and nulls; undefined where it is a directive. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(clean).filter((item) => item !== undefined);
  if (!isRecord(value)) return value;
  if (value[directive] !== undefined) return undefined;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (
      value[key] === null ||
      key.startsWith(deletePrefix) ||
      key.startsWith(orderPrefix) ||
      key === retainKeys
    )
      continue;
    const member = clean(value[key]);
    if (member !== undefined) result[key] = member;
  }
  return result;
}

function badDirective(found: unknown, patch: unknown): PatchError {
  return new PatchError(500, `unknown patch type: ${String(found)} in map: ${goMap(patch)}`);
}

/** As Go prints a map. */
function goMap(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(" ")}]`;
  if (!isRecord(value)) return String(value);
  const members = Object.keys(value).toSorted();
  return `map[${members.map((key) => `${key}:${goMap(value[key])}`).join(" ")}]`;
}
