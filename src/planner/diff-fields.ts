import type { FieldChange } from "#model/plan-diff.ts";

/**
 * The fields in which two JSON values differ, by their path: "target.uid", "targets[0].role". Lists of
 * plain values are compared as a whole.
 */
export function diffFields(from: unknown, to: unknown, path = ""): readonly FieldChange[] {
  if (isFields(from) && isFields(to)) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    return names.flatMap((name) => diffFields(from[name], to[name], path === "" ? name : `${path}.${name}`));
  }
  if (isListOfFields(from) && isListOfFields(to)) {
    const length = Math.max(from.length, to.length);
    return Array.from({ length }, (_, index) =>
      diffFields(from[index], to[index], `${path}[${index}]`),
    ).flat();
  }
  if (isSame(from, to)) return [];
  return [{ field: path, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }];
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isListOfFields = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.length > 0 && value.every(isFields);

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => diffFields(item, b[index]).length === 0);
  }
  return a === b;
}
