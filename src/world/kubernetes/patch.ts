import { isEqualJson, isRecord, type JsonRecord } from "../json.ts";

/** RFC 7386. Source: application/merge-patch+json. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result: Record<string, unknown> = isRecord(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key], value);
  }
  return result;
}

/** A patch that cannot be applied: 422 where it does not fit the object, 400 malformed, 500 without merge key. */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly status: 400 | 422 | 500;
  constructor(status: 400 | 422 | 500, message: string) {
    super(message);
    this.status = status;
  }
}

/** RFC 6902. As in the server's library, replacing a member that is not there adds it. @throws PatchError */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch))
    throw new PatchError(
      400,
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  let result = target;
  for (const operation of patch) result = applyOperation(result, operation);
  return result;
}

function applyOperation(target: unknown, operation: unknown): unknown {
  if (!isRecord(operation) || typeof operation.path !== "string") {
    throw new PatchError(400, "a JSON patch operation needs op and path");
  }
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case "test":
      if (!isEqualJson(read(target, path) ?? null, operation.value ?? null)) throw missing(operation.path);
      return target;
    case "add":
    case "replace":
      return write(target, path, operation.path, { value: operation.value, insert: operation.op === "add" });
    case "remove":
      return remove(target, path, operation.path);
    case "move":
    case "copy":
      return transfer(target, path, operation);
    default:
      throw new PatchError(422, `Unexpected kind: ${JSON.stringify(operation.op)}`);
  }
}

function remove(target: unknown, path: readonly string[], whole: string): unknown {
  if (read(target, path) === undefined) throw missing(whole);
  return write(target, path, whole, undefined);
}

function transfer(target: unknown, path: readonly string[], operation: JsonRecord): unknown {
  const from = String(operation.from ?? "");
  const source = parsePointer(from);
  const value = read(target, source);
  if (value === undefined) throw missing(from);
  const rest = operation.op === "move" ? remove(target, source, from) : target;
  return write(rest, path, String(operation.path), { value, insert: true });
}

function missing(path: string): PatchError {
  return new PatchError(422, `JSON patch path "${path}" does not exist`);
}

function parsePointer(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new PatchError(400, `"${pointer}" is not a JSON pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(target: unknown, path: readonly string[]): unknown {
  let current = target;
  for (const key of path) {
    if (Array.isArray(current)) current = current[Number(key)];
    else if (isRecord(current)) current = current[key];
    else return undefined;
  }
  return current;
}

type Change = { readonly value: unknown; readonly insert: boolean } | undefined;

function write(target: unknown, path: readonly string[], whole: string, change: Change): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change?.value;
  if (Array.isArray(target)) return writeItem(target, key, rest, whole, change);
  if (!isRecord(target)) throw missing(whole);
  const copy: Record<string, unknown> = { ...target };
  if (rest.length > 0) copy[key] = write(target[key], rest, whole, change);
  else if (change === undefined) delete copy[key];
  else copy[key] = change.value;
  return copy;
}

function writeItem(
  target: readonly unknown[],
  key: string,
  rest: readonly string[],
  whole: string,
  change: Change,
): unknown {
  const index = key === "-" ? target.length : Number(key);
  if (!Number.isInteger(index) || index < 0 || index > target.length) throw missing(whole);
  if (rest.length > 0) return target.with(index, write(target[index], rest, whole, change));
  if (change === undefined) return target.toSpliced(index, 1);
  return change.insert ? target.toSpliced(index, 0, change.value) : target.with(index, change.value);
}
