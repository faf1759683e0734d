import type { Code } from "../codes.ts";
import { DOCUMENTS } from "./documents.ts";
import { ENDS } from "./ends.ts";
import { ENVIRONMENT } from "./environment.ts";
import type { Explanation } from "./explanation.ts";
import { PREFLIGHT } from "./preflight.ts";
import { REASONS } from "./reasons.ts";
import { WAITS } from "./waits.ts";

/** Of every code; it does not compile where one is missing. Only loaded by what explains: it is long. */
export const EXPLANATIONS: Readonly<Record<Code, Explanation>> = {
  ...DOCUMENTS,
  ...ENVIRONMENT,
  ...PREFLIGHT,
  ...REASONS,
  ...WAITS,
  ...ENDS,
};
