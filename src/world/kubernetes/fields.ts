import table from "./generated/fields.json" with { type: "json" };

/** How a field's value is written: a scalar by its Go name, a struct, or a list or map of one of these. */
export type FieldType =
  | { readonly kind: "scalar"; readonly name: string }
  | { readonly kind: "struct"; readonly name: string }
  | { readonly kind: "list"; readonly item: FieldType }
  | { readonly kind: "map"; readonly item: FieldType };

/** What the API server makes of one field. Source: the Go types of k8s.io/api and their tags. */
export interface Field {
  readonly type: FieldType;
  /** Zero values are left out. */
  readonly omitsEmpty: boolean;
  /** A struct is left out when all of it is zero. */
  readonly omitsZero: boolean;
  /** Absent and zero are different. */
  readonly isPointer: boolean;
  /** Strategic merge patch: lists are merged by this member, "" for lists of scalars; undefined replaces. */
  readonly mergeKey: string | undefined;
  /** Strategic merge patch: replaced as a whole although it is a struct. */
  readonly isReplaced: boolean;
  /** Server-side apply: the members that identify an item; a set is identified by its values. */
  readonly listKeys: readonly string[] | "set" | undefined;
  /** Server-side apply: owned as a whole although it is a map or struct. */
  readonly isAtomic: boolean;
}

export type Struct = ReadonlyMap<string, Field>;

const source: Readonly<Record<string, Readonly<Record<string, string>>>> = table;
const structs = new Map<string, Struct>();

/** The fields of a struct, by kind name or the name of the Go type; undefined where nothing is known. */
export function structOf(name: string): Struct | undefined {
  const known = structs.get(name);
  if (known !== undefined) return known;
  const texts = source[name];
  if (texts === undefined) return undefined;
  const struct = new Map(Object.entries(texts).map(([field, text]) => [field, parseField(text)]));
  structs.set(name, struct);
  return struct;
}

function parseField(text: string): Field {
  const [flags = "", type = "", ...marks] = text.split(" ");
  const marked = (prefix: string): string | undefined =>
    marks.find((mark) => mark.startsWith(prefix))?.slice(prefix.length);
  return {
    type: parseType(type),
    omitsEmpty: flags.includes("o"),
    omitsZero: flags.includes("z"),
    isPointer: flags.includes("p"),
    mergeKey: marked("merge="),
    isReplaced: marks.includes("replace"),
    listKeys: marks.includes("set") ? "set" : marked("keys=")?.split(","),
    isAtomic: marks.includes("atomic"),
  };
}

function parseType(text: string): FieldType {
  if (text.startsWith("[]")) return { kind: "list", item: parseType(text.slice(2)) };
  if (text.startsWith("{}")) return { kind: "map", item: parseType(text.slice(2)) };
  return { kind: Object.hasOwn(source, text) ? "struct" : "scalar", name: text };
}
