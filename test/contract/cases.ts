import { accessCases } from "./access-cases.ts";
import { awsCases } from "./aws-cases.ts";
import { awsTroubleCases } from "./aws-trouble-cases.ts";
import { budgetCases } from "./budget-cases.ts";
import { evictionCases } from "./eviction-cases.ts";
import { guardCases } from "./guard-cases.ts";
import { listCases } from "./list-cases.ts";
import { nodeCases } from "./node-cases.ts";
import { ownerCases } from "./owner-cases.ts";
import { rolloutCases } from "./rollout-cases.ts";
import { scheduleCases } from "./schedule-cases.ts";
import type { ContractCase } from "./subject.ts";
import { watchCases } from "./watch-cases.ts";
import { writeCases } from "./write-cases.ts";

/** The contract: what both clusters promise. */
export const contractCases: readonly ContractCase[] = [
  ...evictionCases,
  ...listCases,
  ...watchCases,
  ...guardCases,
  ...writeCases,
  ...accessCases,
  ...ownerCases,
  ...rolloutCases,
  ...budgetCases,
  ...scheduleCases,
  ...awsCases,
  ...awsTroubleCases,
  ...nodeCases,
];
