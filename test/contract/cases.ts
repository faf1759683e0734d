import { evictionCases } from "./eviction-cases.ts";
import type { ContractCase } from "./subject.ts";
import { watchCases } from "./watch-cases.ts";
import { writeCases } from "./write-cases.ts";

/** The contract: what both clusters promise. */
export const contractCases: readonly ContractCase[] = [...evictionCases, ...watchCases, ...writeCases];
