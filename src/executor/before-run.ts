import type { LiveSnapshot } from "#gateway/ports.ts";
import type { Access } from "#model/access.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd } from "#model/run.ts";
import { type Drift, judgeBudgets, judgeGroups, judgeNewNodes, judgeReplicas } from "#rules/drift.ts";
import { readUnfinishedRuns } from "./lock-annotations.ts";
import { refuse } from "./refusal.ts";
import { notices, type RunPlanOptions } from "./run-options.ts";

/** What the plan itself says against being applied; null: nothing. */
export function refuseEarly(options: RunPlanOptions): RunEnd | null {
  const { plan, approve } = options;
  if (approve !== null && approve !== plan.digest) {
    return refuse(
      EXIT.notApproved,
      "E-PLAN-NOT-APPROVED",
      `approved was ${approve}; this plan is ${plan.digest}; review it with dextre show, or apply the plan that was approved`,
    );
  }
  if (!plan.content.applyable) {
    const first = plan.content.blockers[0];
    const { length } = plan.content.blockers;
    const count = length === 1 ? "a blocker" : `${length} blockers, the first`;
    const text = `the plan has ${count}: ${first?.message ?? ""}; settle or accept what dextre show says of it, and plan again`;
    return refuse(EXIT.refused, "E-PLAN-BLOCKED", text);
  }
  return null;
}

/** What the server denies of what the run needs. */
export async function missingAccess({ access, cluster, stop }: RunPlanOptions): Promise<readonly Access[]> {
  const allowed = await Promise.all(access.map((one) => cluster.isAllowed(one, stop)));
  return access.filter((_, index) => allowed[index] === false);
}

/** A run of this plan that another machine began is named with its place; nothing starts blind. */
export async function nothingToResume(options: RunPlanOptions): Promise<RunEnd> {
  const lease = await options.leases.read(options.stop);
  const run = readUnfinishedRuns(lease?.annotations ?? {}).find((one) => one.digest === options.plan.digest);
  if (!run)
    return refuse(
      EXIT.refused,
      "E-RUN-UNKNOWN",
      "this plan has no unfinished run on this machine; begin one with dextre apply, or give the --state-dir of its run",
    );
  const text = `run ${run.run} of this plan was begun on host ${run.host}, its files are in ${run.path}; resume or abort it there`;
  return refuse(EXIT.locked, "E-RUN-ELSEWHERE", text);
}

/** Hard drift refuses only what has not begun; a run under way stops at the node that it concerns. */
export async function refuseForDrift(
  begun: boolean,
  live: LiveSnapshot,
  options: RunPlanOptions,
): Promise<RunEnd | null> {
  const { content } = options.plan;
  const names = content.observed.groups.map((group) => group.name);
  const groups =
    options.scaling && names.length > 0 ? await options.scaling.readGroups(names, options.stop) : null;
  const drifts = [
    ...judgeBudgets(content, live.snapshot),
    ...(groups ? judgeGroups(content, groups) : []),
    ...judgeReplicas(content, live.snapshot),
    // Later on the successors of the run's own nodes are new, too.
    ...(begun ? [] : judgeNewNodes(content, live.snapshot, groups ?? [])),
  ];
  const fatal = firstOf(drifts, "identity") ?? (begun ? null : firstOf(drifts, "hard"));
  if (fatal) return refuse(EXIT.refused, fatal.code, fatal.message);
  notices(drifts, options);
  return null;
}

/** The first drift of a class; null: there is none. */
export function firstOf(drifts: readonly Drift[], kind: Drift["class"]): Drift | null {
  return drifts.find((drift) => drift.class === kind) ?? null;
}
