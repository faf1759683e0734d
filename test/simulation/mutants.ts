import type { Mutant } from "./mutant.ts";
import { EXECUTOR_MUTANTS } from "./mutants-of-executor.ts";
import { GATEWAY_MUTANTS } from "./mutants-of-gateway.ts";

export const MUTANTS: readonly Mutant[] = [...EXECUTOR_MUTANTS, ...GATEWAY_MUTANTS];
