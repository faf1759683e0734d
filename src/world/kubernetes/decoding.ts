import { isRecord, type JsonRecord } from "../json.ts";
import { timestamp } from "../time.ts";
import { type Field, type FieldType, type Struct, structOf } from "./fields.ts";
import { canonicalQuantity } from "./quantity.ts";

/** A body as the API server reads it: only known fields, zero values as its types write them. */
export interface Decoded {
  readonly value: JsonRecord;
  /** "spec.replcas", "spec.containers[0].imge". */
  readonly unknownFields: readonly string[];
}

/** A value of the wrong type. The message is the decoder's own, without "json: ". */
export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

interface Place {
  /** "spec.containers[0]", for unknown fields. */
  readonly path: string;
  /** "DeploymentSpec.spec.replicas", for type errors. */
  readonly member: string;
  readonly unknown: string[];
}

/**
 * Decodes a body of this kind. Source: encoding/json into the Go type, and back.
 * @throws DecodeError
 */
export function decode(kind: string, body: JsonRecord): Decoded {
  const struct = structOf(kind);
  if (struct === undefined) return { value: body, unknownFields: [] };
  const unknown: string[] = [];
  const value = readStruct(kind, struct, body, { path: "", member: "", unknown });
  return { value, unknownFields: unknown };
}

function readStruct(name: string, struct: Struct, body: JsonRecord, place: Place): JsonRecord {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(body)) {
    if (!struct.has(key)) place.unknown.push(join(place.path, key));
  }
  for (const [key, field] of struct) {
    const given = body[key];
    const parent = place.member.slice(place.member.indexOf(".") + 1);
    const next = {
      path: join(place.path, key),
      member: place.member === "" ? `${name}.${key}` : `${name}.${parent}.${key}`,
      unknown: place.unknown,
    };
    const value = given === undefined || given === null ? zeroOf(field) : read(field.type, given, next);
    if (value !== undefined && !isLeftOut(field, value)) result[key] = value;
  }
  return result;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

const timeNames: ReadonlySet<string> = new Set(["time", "microTime"]);

/** What an absent field is written as; undefined: not at all. */
function zeroOf(field: Field): unknown {
  if (field.isPointer || field.omitsZero) return undefined;
  if (field.type.kind === "struct") {
    const struct = structOf(field.type.name);
    if (struct === undefined) return {};
    return readStruct(field.type.name, struct, {}, { path: "", member: "", unknown: [] });
  }
  // Times are structs to the encoder: it writes their zero as null.
  if (field.type.kind === "scalar" && timeNames.has(field.type.name)) return null;
  if (field.omitsEmpty || field.type.kind !== "scalar") return undefined;
  switch (field.type.name) {
    case "string":
      return "";
    case "bool":
      return false;
    case "int32":
    case "int64":
      return 0;
    default:
      return undefined;
  }
}

function isLeftOut(field: Field, value: unknown): boolean {
  if (field.omitsZero && isRecord(value)) return Object.keys(value).length === 0;
  if (!field.omitsEmpty || field.type.kind === "struct") return false;
  if (Array.isArray(value)) return value.length === 0;
  if (isRecord(value)) return field.type.kind === "map" && Object.keys(value).length === 0;
  return !field.isPointer && (value === "" || value === 0 || value === false);
}

function read(type: FieldType, value: unknown, place: Place): unknown {
  switch (type.kind) {
    case "list":
      if (!Array.isArray(value)) throw mismatch(value, `[]${goName(type.item)}`, place);
      return value.map((item, index) => read(type.item, item, { ...place, path: `${place.path}[${index}]` }));
    case "map":
      return readMap(type.item, value, place);
    case "struct": {
      const struct = structOf(type.name);
      if (!isRecord(value)) throw mismatch(value, goName(type), place);
      return struct === undefined ? value : readStruct(type.name, struct, value, place);
    }
    case "scalar":
      return readScalar(type.name, value, place);
  }
}

function readMap(item: FieldType, value: unknown, place: Place): unknown {
  if (!isRecord(value)) throw mismatch(value, `map[string]${goName(item)}`, place);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const member = value[key];
    const next = { ...place, path: join(place.path, key) };
    // A null in a map of texts is the empty text.
    result[key] = member === null ? "" : read(item, member, next);
  }
  return result;
}

function readScalar(name: string, value: unknown, place: Place): unknown {
  switch (name) {
    case "any":
      return value;
    case "quantity":
      if (typeof value !== "string" && typeof value !== "number")
        throw mismatch(value, "resource.Quantity", place);
      return canonicalQuantity(String(value)) ?? refuseQuantity();
    case "intOrString":
      if (typeof value !== "string" && !Number.isInteger(value)) throw mismatch(value, "int32", place);
      return value;
    case "bool":
      if (typeof value !== "boolean") throw mismatch(value, "bool", place);
      return value;
    case "int32":
    case "int64":
      if (!Number.isInteger(value)) throw mismatch(value, name, place);
      return value;
    case "bytes":
      return readBytes(value, place);
    case "time":
    case "microTime":
      return readTime(name, value, place);
    default:
      if (typeof value !== "string") throw mismatch(value, "string", place);
      return value;
  }
}

/** Source: encoding/base64, with its position of the first fault; line ends are skipped and not kept. */
function readBytes(value: unknown, place: Place): string {
  if (typeof value !== "string") throw mismatch(value, "[]uint8", place);
  const text = value.replaceAll(/[\r\n]/g, "");
  const [digits = ""] = /^[A-Za-z0-9+/]*/.exec(text) ?? [];
  const rest = text.slice(digits.length);
  const isPadded = rest === "=".repeat((4 - (digits.length % 4)) % 4) && digits.length % 4 !== 1;
  if (isPadded) return text;
  const at = rest === "" ? digits.length - (digits.length % 4) : digits.length;
  throw new DecodeError(`illegal base64 data at input byte ${at}`);
}

const microPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$/;

/** Times are written in whole seconds of UTC; a MicroTime must have all its six digits. */
function readTime(name: string, value: unknown, place: Place): unknown {
  if (typeof value !== "string") throw mismatch(value, "string", place);
  const layout = name === "time" ? "2006-01-02T15:04:05Z07:00" : "2006-01-02T15:04:05.000000Z07:00";
  const ms = Date.parse(value);
  if (Number.isNaN(ms)) {
    throw new DecodeError(`parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`);
  }
  if (name === "time") return timestamp(ms);
  if (microPattern.test(value)) return value;
  throw new DecodeError(
    `parsing time "${value}" as "${layout}": cannot parse "${value.slice(19)}" as ".000000"`,
  );
}

function refuseQuantity(): never {
  throw new DecodeError(
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  );
}

const packageOf: Readonly<Record<string, string>> = { DeploymentSpec: "v1" };

function goName(type: FieldType): string {
  switch (type.kind) {
    case "list":
      return `[]${goName(type.item)}`;
    case "map":
      return `map[string]${goName(type.item)}`;
    case "struct":
      return `${packageOf[type.name] ?? "v1"}.${type.name}`;
    case "scalar":
      return type.name;
  }
}

function mismatch(value: unknown, type: string, place: Place): DecodeError {
  return new DecodeError(
    `json: cannot unmarshal ${wordFor(value)} into Go struct field ${place.member} of type ${type}`,
  );
}

function wordFor(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (isRecord(value)) return "object";
  if (typeof value === "number") return Number.isInteger(value) ? "number" : `number ${value}`;
  return typeof value === "boolean" ? "bool" : "string";
}
