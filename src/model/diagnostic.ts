import type { Code } from "./codes.ts";

/** A place in a text that a person wrote. line and column count from 1, column in UTF-16 units. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** How many characters the fault spans on its line; at least 1. */
  readonly length: number;
  /** The text of the line, for the frame. */
  readonly lineText: string;
}

/** An expected problem, as a value. `message` says which value is wrong and why; `help` what to do. */
export interface Diagnostic {
  readonly code: Code;
  readonly message: string;
  readonly help?: string;
  readonly place?: SourcePlace;
  /** For programs: the values in the message. */
  readonly data?: Readonly<Record<string, string | number | boolean>>;
}
