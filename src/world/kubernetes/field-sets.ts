import { isEqualJson, isRecord, type JsonRecord } from "../json.ts";
import { type Field, type FieldType, structOf } from "./fields.ts";

/**
 * Which fields somebody owns, as metadata.managedFields writes it: "f:NAME" is a member, 'k:{"name":"c"}' an
 * item of a list with keys, 'v:"x"' a value of a set, "." the item or object itself.
 */
export type FieldSet = { readonly [step: string]: FieldSet };

/** One field: the steps to it. */
export type FieldPath = readonly string[];

interface Typed {
  readonly type: FieldType;
  readonly keys: Field["listKeys"];
  readonly isAtomic: boolean;
}

/** Everything that a configuration of this kind says. */
export function fieldSetOf(kind: string, value: JsonRecord): FieldSet {
  return setOf({ type: { kind: "struct", name: kind }, keys: undefined, isAtomic: false }, value);
}

function memberOf(typed: Typed, key: string): Typed {
  const { type } = typed;
  if (type.kind === "map") return { type: type.item, keys: undefined, isAtomic: false };
  const field = type.kind === "struct" ? structOf(type.name)?.get(key) : undefined;
  if (field === undefined) return { type: { kind: "scalar", name: "any" }, keys: undefined, isAtomic: true };
  return { type: field.type, keys: field.listKeys, isAtomic: field.isAtomic };
}

function itemOf({ type }: Typed): Typed {
  const item: FieldType = type.kind === "list" ? type.item : { kind: "scalar", name: "any" };
  return { type: item, keys: undefined, isAtomic: false };
}

function isOpen({ type, isAtomic }: Typed, value: unknown): value is JsonRecord {
  return !isAtomic && (type.kind === "struct" || type.kind === "map") && isRecord(value);
}

function setOf(typed: Typed, value: unknown): FieldSet {
  if (isOpen(typed, value)) {
    return Object.fromEntries(
      Object.keys(value).map((key) => [`f:${key}`, setOf(memberOf(typed, key), value[key])]),
    );
  }
  if (!Array.isArray(value) || typed.keys === undefined) return {};
  return Object.fromEntries(
    value.map((item): [string, FieldSet] => [
      stepOf(typed.keys, item),
      typed.keys === "set" ? {} : { ".": {}, ...setOf(itemOf(typed), item) },
    ]),
  );
}

function stepOf(keys: Field["listKeys"], item: unknown): string {
  if (keys === "set" || keys === undefined || !isRecord(item)) return `v:${JSON.stringify(item)}`;
  const named = keys.toSorted().map((key) => [key, item[key] ?? (key === "protocol" ? "TCP" : undefined)]);
  return `k:${JSON.stringify(Object.fromEntries(named))}`;
}

/** The fields at the ends of a set. */
export function pathsOf(set: FieldSet): readonly FieldPath[] {
  return Object.entries(set).flatMap(([step, inner]): readonly FieldPath[] =>
    Object.keys(inner).length === 0 ? [[step]] : pathsOf(inner).map((path) => [step, ...path]),
  );
}

/** True where the field, or anything inside it, is in the set. */
export function holds(set: FieldSet, path: FieldPath): boolean {
  let current: FieldSet | undefined = set;
  for (const step of path) current = current?.[step];
  return current !== undefined;
}

/** True where the set names just this field. */
export function owns(set: FieldSet, path: FieldPath): boolean {
  let current: FieldSet | undefined = set;
  for (const step of path) current = current?.[step];
  return current !== undefined && (Object.keys(current).length === 0 || current["."] !== undefined);
}

export function without(set: FieldSet, path: FieldPath): FieldSet {
  const [step, ...rest] = path;
  const inner = step === undefined ? undefined : set[step];
  if (step === undefined || inner === undefined) return set;
  const { [step]: _gone, ...others } = set;
  if (rest.length === 0) return others;
  const left = without(inner, rest);
  return Object.keys(left).length === 0 ? others : { ...others, [step]: left };
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = { ...left };
  for (const [step, inner] of Object.entries(right)) result[step] = union(result[step] ?? {}, inner);
  return result;
}

/** The value of a field; undefined where it is not there. */
export function fieldValue(object: unknown, path: FieldPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined || step === ".") return object;
  if (step.startsWith("f:")) return isRecord(object) ? fieldValue(object[step.slice(2)], rest) : undefined;
  const index = indexOf(object, step);
  return index < 0 || !Array.isArray(object) ? undefined : fieldValue(object[index], rest);
}

function indexOf(list: unknown, step: string): number {
  if (!Array.isArray(list)) return -1;
  const wanted: unknown = JSON.parse(step.slice(2));
  if (step.startsWith("v:")) return list.findIndex((item) => isEqualJson(item, wanted));
  const keys = isRecord(wanted) ? Object.keys(wanted) : [];
  return list.findIndex((item) => stepOf(keys, item) === step);
}

/** The object without this field; "." takes the whole item. */
export function removed(object: unknown, path: FieldPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return object;
  const isLast = rest.length === 0 || rest[0] === ".";
  if (step.startsWith("f:") && isRecord(object)) {
    const key = step.slice(2);
    const { [key]: value, ...others } = object;
    if (value === undefined || isLast) return others;
    return { ...others, [key]: removed(value, rest) };
  }
  const index = indexOf(object, step);
  if (index < 0 || !Array.isArray(object)) return object;
  return isLast ? object.toSpliced(index, 1) : object.with(index, removed(object[index], rest));
}

/** The live object with everything that the configuration says. Items keep their order, new ones follow. */
export function merged(kind: string, live: JsonRecord, config: JsonRecord): JsonRecord {
  const typed: Typed = { type: { kind: "struct", name: kind }, keys: undefined, isAtomic: false };
  const result = mergeValue(typed, live, config);
  return isRecord(result) ? result : live;
}

function mergeValue(typed: Typed, live: unknown, config: unknown): unknown {
  if (isOpen(typed, config) && isRecord(live)) {
    const result: Record<string, unknown> = { ...live };
    for (const key of Object.keys(config)) {
      result[key] = mergeValue(memberOf(typed, key), live[key], config[key]);
    }
    return result;
  }
  if (!Array.isArray(config) || !Array.isArray(live) || typed.keys === undefined) return config;
  const result = [...live];
  for (const item of config) {
    const index = indexOf(result, stepOf(typed.keys, item));
    if (index < 0) result.push(item);
    else result[index] = mergeValue(itemOf(typed), result[index], item);
  }
  return result;
}

/** ".spec.containers[name="c"].image", as conflicts name fields. */
export function fieldText(path: FieldPath): string {
  return path
    .filter((step) => step !== ".")
    .map((step) => {
      if (step.startsWith("f:")) return `.${step.slice(2)}`;
      const value: unknown = JSON.parse(step.slice(2));
      if (!isRecord(value)) return `[=${JSON.stringify(value)}]`;
      return `[${Object.entries(value)
        .map(([key, member]) => `${key}=${JSON.stringify(member)}`)
        .join(",")}]`;
    })
    .join("");
}
