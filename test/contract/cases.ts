import { evictionCases } from "./eviction-cases.ts";
import type { ContractCase } from "./subject.ts";

/** The contract: what both clusters promise. */
export const contractCases: readonly ContractCase[] = [...evictionCases];
