import { type Field, type FieldType, type Struct, structOf } from "#world/kubernetes/fields.ts";
import numberTable from "./generated/protobuf.json" with { type: "json" };
import { asInteger, asText, lastOf, ProtobufError, readMessage, type WireField } from "./protobuf-reader.ts";

type JsonObject = Record<string, unknown>;

const magic = Buffer.from("k8s\0", "latin1");
const numbers: Readonly<Record<string, Readonly<Record<string, string>>>> = numberTable;

/**
 * An object as Kubernetes writes it in protobuf, as JSON would have it. kubectl sends some of its bodies so,
 * whatever it would like to read. Source: apimachinery, runtime.Unknown. @throws ProtobufError
 */
export function readProtobufObject(bytes: Uint8Array): JsonObject {
  if (Buffer.compare(bytes.subarray(0, magic.length), magic) !== 0) {
    throw new ProtobufError("the body does not begin as Kubernetes' protobuf does");
  }
  const envelope = readMessage(bytes.subarray(magic.length));
  const type = readMessage(bytesOf(lastOf(envelope, 1)));
  const apiVersion = asText(lastOf(type, 1));
  const kind = asText(lastOf(type, 2));
  const struct = structOf(kind);
  if (struct === undefined) throw new ProtobufError(`no ${kind} is served here`);
  return { apiVersion, kind, ...readStruct(readMessage(bytesOf(lastOf(envelope, 2))), kind, struct) };
}

function bytesOf(value: bigint | Uint8Array | undefined): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

/** `struct` has the fields, `numbered` says which of them the numbers mean: it differs where one is embedded. */
function readStruct(message: readonly WireField[], numbered: string, struct: Struct): JsonObject {
  const object: JsonObject = {};
  for (const [number, name] of Object.entries(numbers[numbered] ?? {})) {
    const found = message.filter((field) => field.number === Number(number));
    if (found.length === 0) continue;
    if (name.startsWith("~")) {
      for (const { value } of found) {
        Object.assign(object, readStruct(readMessage(bytesOf(value)), name.slice(1), struct));
      }
      continue;
    }
    const field = struct.get(name);
    if (field === undefined) continue;
    const value = readField(found, field);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** undefined: a zero that JSON leaves out; protobuf writes it all the same. */
function readField(found: readonly WireField[], field: Field): unknown {
  const { type } = field;
  if (type.kind === "list") return found.map(({ value }) => readValue(value, type.item));
  if (type.kind === "map") return Object.fromEntries(found.map(({ value }) => readEntry(value, type.item)));
  const value = readValue(found.at(-1)?.value, type);
  const isZero = value === "" || value === 0 || value === false;
  return isZero && field.omitsEmpty && !field.isPointer ? undefined : value;
}

function readEntry(value: bigint | Uint8Array, item: FieldType): readonly [string, unknown] {
  const entry = readMessage(bytesOf(value));
  return [asText(lastOf(entry, 1)), readValue(lastOf(entry, 2), item)];
}

function readValue(value: bigint | Uint8Array | undefined, type: FieldType): unknown {
  switch (type.kind) {
    case "struct": {
      const struct = structOf(type.name);
      return struct === undefined ? {} : readStruct(readMessage(bytesOf(value)), type.name, struct);
    }
    case "scalar":
      return readScalar(value, type.name);
    case "list":
    case "map":
      throw new ProtobufError("a list or map within a list or map has no form in protobuf");
  }
}

function readScalar(value: bigint | Uint8Array | undefined, name: string): unknown {
  switch (name) {
    case "bool":
      return asInteger(value) !== 0;
    case "int32":
    case "int64":
      return asInteger(value);
    case "bytes":
      return Buffer.from(bytesOf(value)).toString("base64");
    case "quantity":
      return asText(lastOf(readMessage(bytesOf(value)), 1));
    case "time":
    case "microTime":
      return readTime(bytesOf(value), name);
    case "intOrString": {
      const message = readMessage(bytesOf(value));
      return asInteger(lastOf(message, 1)) === 0 ? asInteger(lastOf(message, 2)) : asText(lastOf(message, 3));
    }
    case "any": {
      const raw = asText(lastOf(readMessage(bytesOf(value)), 1));
      return raw === "" ? undefined : JSON.parse(raw);
    }
    default:
      return asText(value);
  }
}

/** undefined: the zero time, which is written as an empty message. */
function readTime(bytes: Uint8Array, name: "time" | "microTime"): string | undefined {
  const message = readMessage(bytes);
  if (message.length === 0) return undefined;
  const milliseconds = asInteger(lastOf(message, 1)) * 1000;
  const whole = new Date(milliseconds).toISOString().slice(0, 19);
  if (name === "time") return `${whole}Z`;
  const micros = Math.floor(asInteger(lastOf(message, 2)) / 1000);
  return `${whole}.${String(micros).padStart(6, "0")}Z`;
}
