import type { Code } from "#model/codes.ts";

/** Segments from the root of the spec file to a value; list positions as texts. */
export type SpecPath = readonly string[];

/** Something wrong at a place of the spec file. */
export interface SpecFault {
  readonly code: Code;
  /** The value at fault; for a missing field, where it would be. */
  readonly path: SpecPath;
  /** What is underlined: the field's name, its value, or, for a missing field, its parent. */
  readonly at: "key" | "value" | "parent";
  /** A part of a text value, in UTF-16 units of the text. */
  readonly part?: { readonly offset: number; readonly length: number };
  readonly message: string;
  readonly help: string;
}

/** "spec.targets[0].role": how people write a path. */
export function formatPath(path: SpecPath): string {
  return path.reduce(
    (text, segment) =>
      /^\d+$/.test(segment) ? `${text}[${segment}]` : text === "" ? segment : `${text}.${segment}`,
    "",
  );
}

/** True where one path lies on the way to the other, or both are the same. */
export function isSameLine(a: SpecPath, b: SpecPath): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  return short.every((segment, index) => segment === long[index]);
}

/** The value at a path of parsed data; undefined where there is none. */
export function valueAt(root: unknown, path: SpecPath): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return value;
}
