/** One thing that does not fit a schema, as a compiled validator reports it. */
export interface ShapeFault {
  /** JSON pointer of the value at fault; for unknown and missing fields that of their parent. */
  readonly instancePath: string;
  /** The schema's keyword that does not hold: "type", "enum", "required", … */
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A validator compiled ahead from a JSON schema. `errors` holds the faults of the last call. */
export interface ShapeValidator<T> {
  (value: unknown): value is T;
  errors?: readonly ShapeFault[] | null;
}

/** The segments of a JSON pointer: "/spec/targets/0" → ["spec", "targets", "0"]. */
export function pointerSegments(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
