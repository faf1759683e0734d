import type { Code } from "../codes.ts";

/** What stands behind a code's one line in CODES, for `dextre explain` and docs/codes.md. */
export interface Explanation {
  /** When it is said, and why it matters. */
  readonly about: string;
  /** What to do; or that there is nothing to do. */
  readonly todo: string;
}

/** The explanations of one family of codes. */
export type Explanations = Readonly<Partial<Record<Code, Explanation>>>;

/** Of codes that tell how things went well. */
export const NOTHING_TO_DO = "Nothing.";
