/*
 * Reading what a server sent without trusting its shape: a field of the wrong type is as good as
 * absent, texts have an end, and own properties only are seen.
 */

/** Longer texts are cut. Names have at most 253 characters, label values 63. */
const LONGEST_TEXT = 1024;
const MOST_LABELS = 1000;

/** An object lacks what every object has, or is none: the server is not to be believed. */
export class ForeignShapeError extends Error {
  override readonly name = "ForeignShapeError";
}

export function field(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Readonly<Record<string, unknown>>)[key];
  }
  return current;
}

/** "" where it is no text. */
export function text(value: unknown): string {
  if (typeof value !== "string") return "";
  return value.length > LONGEST_TEXT ? value.slice(0, LONGEST_TEXT) : value;
}

/** @throws ForeignShapeError where it is empty or no text: for what identifies an object. */
export function neededText(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "" || value.length > LONGEST_TEXT) {
    throw new ForeignShapeError(`an object without a proper ${what}`);
  }
  return value;
}

/** null where it is no text. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? text(value) : null;
}

export function wholeNumber(value: unknown, otherwise: number): number {
  return typeof value === "number" && Number.isSafeInteger(value) ? value : otherwise;
}

export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text values of a map, in the server's order; longer ones are cut. */
export function texts(value: unknown, longest = LONGEST_TEXT): Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  const entries: [string, string][] = [];
  for (const [key, entry] of Object.entries(value)) {
    if (typeof entry !== "string" || entries.length >= MOST_LABELS) continue;
    entries.push([text(key), entry.length > longest ? entry.slice(0, longest) : entry]);
  }
  return Object.fromEntries(entries);
}

/** The first condition of that type in status.conditions. */
export function condition(object: unknown, type: string): unknown {
  return items(field(object, "status", "conditions")).find((entry) => field(entry, "type") === type);
}
