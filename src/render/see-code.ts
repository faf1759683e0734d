import type { Code } from "#model/codes.ts";

/** These say all there is to say: where to look, or who asked. */
const PLAIN: ReadonlySet<Code> = new Set(["E-USAGE", "E-SIGNAL", "E-NOT-CONFIRMED"]);

/** "E-LOCKED. See: dextre explain E-LOCKED" */
export const seeCode = (code: Code): string =>
  PLAIN.has(code) ? code : `${code}. See: dextre explain ${code}`;
