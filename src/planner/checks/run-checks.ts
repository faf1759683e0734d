import type { Code } from "#model/codes.ts";
import type { Finding } from "#model/plan.ts";
import { byText, compareTexts, firstOf } from "#rules/compare.ts";
import type { Draft } from "../draft.ts";
import { budgetNeverAllows } from "./budget-never-allows.ts";
import { budgetWaits } from "./budget-waits.ts";
import { capacity } from "./capacity.ts";
import { type Check, isBlocker } from "./check.ts";
import { controlPlaneOutage } from "./control-plane-outage.ts";
import { drainedNodesStay } from "./drained-nodes-stay.ts";
import { foreignCordon } from "./foreign-cordon.ts";
import { instanceRefresh } from "./instance-refresh.ts";
import { jobsWouldFail } from "./jobs-would-fail.ts";
import { noInstance } from "./no-instance.ts";
import { otherCluster } from "./other-cluster.ts";
import { permission } from "./permission.ts";
import { podVerdicts } from "./pod-verdicts.ts";
import { singleReplica } from "./single-replica.ts";
import { suspendedProcesses } from "./suspended-processes.ts";

/** In this order they stand in the plan. */
export const CHECKS: readonly Check[] = Object.freeze([
  permission,
  otherCluster,
  controlPlaneOutage,
  drainedNodesStay,
  noInstance,
  podVerdicts,
  jobsWouldFail,
  budgetNeverAllows,
  budgetWaits,
  singleReplica,
  capacity,
  foreignCordon,
  instanceRefresh,
  suspendedProcesses,
]);

export interface CheckResults {
  /** Every code that was looked for. */
  readonly checks: readonly Code[];
  readonly blockers: readonly Finding[];
  readonly warnings: readonly Finding[];
}

const byObject = firstOf<Finding>(
  byText(({ code }) => code),
  byText(({ object }) => object.namespace ?? ""),
  byText(({ object }) => object.name),
  byText(({ object }) => object.uid),
  (a, b) => compareTexts(a.message, b.message),
);

export function runChecks(draft: Draft): CheckResults {
  const findings = CHECKS.flatMap((check) => [...check.find(draft)].sort(byObject));
  return {
    checks: [...new Set(CHECKS.flatMap(({ codes }) => codes))],
    blockers: findings.filter(isBlocker),
    warnings: findings.filter((finding) => !isBlocker(finding)),
  };
}
