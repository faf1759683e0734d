import { isEqualJson, isRecord, type JsonRecord, valueAt } from "../json.ts";
import { type FieldPath, fieldSetOf, fieldValue, holds } from "./field-sets.ts";
import { ownable } from "./managed-fields.ts";
import type { Resource } from "./object-types.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";
/** Who says so in this annotation, and takes over from it. */
const kubectl = "kubectl";

/**
 * Whether kubectl may take this field without force: it applied the value that is there from the client's side.
 * Source: apimachinery managedfields, lastAppliedManager
 */
export function isLastApplied(current: Resource, manager: string): (path: FieldPath) => boolean {
  const last = manager === kubectl ? lastAppliedTo(current) : undefined;
  if (last === undefined) return () => false;
  const set = fieldSetOf(current.kind, last);
  const live = { ...current };
  return (path) => holds(set, path) && isEqualJson(fieldValue(last, path), fieldValue(live, path));
}

function lastAppliedTo({ metadata }: Resource): JsonRecord | undefined {
  try {
    const said: unknown = JSON.parse(metadata.annotations?.[annotation] ?? "");
    return isRecord(said) ? ownable(said) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * What kubectl applied becomes the last applied configuration too, where there is one: else the client's next apply
 * would not see what changed. Source: apimachinery managedfields, lastAppliedUpdater
 */
export function withLastApplied(object: JsonRecord, config: JsonRecord, manager: string): JsonRecord {
  const { metadata } = object;
  const annotations = valueAt(metadata, "annotations");
  if (manager !== kubectl || !isRecord(metadata) || !isRecord(annotations)) return object;
  if (annotations[annotation] === undefined) return object;
  const text = `${JSON.stringify(inOrder(withoutLastApplied(config)))}\n`;
  return { ...object, metadata: { ...metadata, annotations: { ...annotations, [annotation]: text } } };
}

function withoutLastApplied(config: JsonRecord): JsonRecord {
  const { metadata } = config;
  const annotations = valueAt(metadata, "annotations");
  if (!isRecord(metadata) || !isRecord(annotations)) return config;
  const { [annotation]: _last, ...others } = annotations;
  return { ...config, metadata: { ...metadata, annotations: others } };
}

/** Maps as Go writes them. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isRecord(value)) return value;
  const keys = Object.keys(value).toSorted();
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key])]));
}
