import { isEqualJson, isRecord } from "../json.ts";

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

/** A JSON patch that cannot be applied; the server answers 422 (test failed) or 400 (malformed). */
export class PatchError extends Error {
  override readonly name = "PatchError";
  readonly status: 400 | 422;
  constructor(status: 400 | 422, message: string) {
    super(message);
    this.status = status;
  }
}

/** RFC 6902: test, add, replace, remove; move and copy are not modelled. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw new PatchError(400, "a JSON patch is a list of operations");
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
      if (!isEqualJson(read(target, path), operation.value ?? null)) {
        throw new PatchError(422, "the server rejected our request due to an error in our request");
      }
      return target;
    case "add":
    case "replace":
      if (operation.op === "replace" && read(target, path) === undefined) throw missing(operation.path);
      return write(target, path, operation.path, { value: operation.value, insert: operation.op === "add" });
    case "remove":
      if (read(target, path) === undefined) throw missing(operation.path);
      return write(target, path, operation.path, undefined);
    default:
      throw new PatchError(400, `JSON patch operation ${JSON.stringify(operation.op)} is not modelled`);
  }
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
