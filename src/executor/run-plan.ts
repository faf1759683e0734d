import type { DamagedRun, LiveSnapshot, StoredRun } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { RunEnd, WaitReason } from "#model/run.ts";
import { judgeIdentity } from "#rules/drift.ts";
import { describeMissingAccess } from "#rules/missing-access.ts";
import { firstOf, missingAccess, nothingToResume, refuseEarly, refuseForDrift } from "./before-run.ts";
import { execute } from "./execute-run.ts";
import { forgetRun } from "./forget-run.ts";
import { isOverIn, pickRun } from "./known-runs.ts";
import { acquireLock } from "./lock.ts";
import { hasSent, type UnfinishedRun } from "./lock-annotations.ts";
import { refusalOf, refuse } from "./refusal.ts";
import { notice, notices, type RunPlanOptions } from "./run-options.ts";
import { scopeOf } from "./run-scope.ts";
import { StopRequested } from "./step-context.ts";

/** Executes a plan from its beginning or from where its run stopped: the same code for both. */
export async function runPlan(options: RunPlanOptions): Promise<RunEnd> {
  try {
    return await runOrRefuse(options);
  } catch (error) {
    return refusalOf(error, options.stop);
  }
}

async function runOrRefuse(options: RunPlanOptions): Promise<RunEnd> {
  const { plan, cluster, store } = options;
  const early = refuseEarly(options);
  if (early) return early;
  const identity = await cluster.identity(options.stop);
  const other = firstOf(judgeIdentity(plan.content, identity), "identity");
  if (other) return refuse(EXIT.refused, other.code, other.message);
  notices(judgeIdentity(plan.content, identity), options);
  const { runs: stored, damaged } = await store.read(identity.uid);
  const unreadable = refuseDamaged(damaged, options);
  if (unreadable) return unreadable;
  const known = pickRun(stored, plan);
  if (known.kind === "finished" && options.mode !== "order") {
    await forget(known.run, identity.uid, isOverIn(stored), options);
    return refuse(EXIT.done, "N-ALREADY-APPLIED", `already applied by run ${known.run.run}`);
  }
  if (known.kind === "aborting") {
    const text = `an abort of run ${known.run.run} was begun; finish it with: dextre abort ${known.run.run}`;
    return refuse(EXIT.locked, "E-RUN-OVERLAPS", text);
  }
  if (known.kind === "none" && options.mode === "resume") return nothingToResume(options);
  if (known.kind !== "unfinished" && Date.parse(plan.meta.expiresAt) < options.clock.now()) {
    const text = `the plan expired at ${plan.meta.expiresAt}; make a new one`;
    return refuse(EXIT.refused, "E-PLAN-EXPIRED", text);
  }
  const missing = await missingAccess(options);
  if (missing.length > 0) {
    return refuse(
      EXIT.refused,
      "E-FORBIDDEN",
      `these credentials may not ${describeMissingAccess(missing)}; grant it: deploy/rbac.yaml holds all that dextre needs`,
    );
  }
  const begun = known.kind === "unfinished" ? known.run : null;
  return withLock({ known: begun, clusterUid: identity.uid, isOver: isOverIn(stored) }, options);
}

/** A run that cannot be read refuses its own plan alone. Where it is unfinished, the lock names what it works on. */
function refuseDamaged(damaged: readonly DamagedRun[], options: RunPlanOptions): RunEnd | null {
  const own = damaged.find((run) => run.plan?.checksum === options.plan.checksum);
  if (own) {
    const text = `${own.message}; what it did is not known: close it with dextre abort ${own.run}, and make a new plan`;
    return refuse(EXIT.refused, "E-JOURNAL-DAMAGED", text);
  }
  for (const run of damaged) notice("E-JOURNAL-DAMAGED", run.message, options);
  return null;
}

async function forget(
  run: StoredRun,
  clusterUid: string,
  isOver: (run: string) => boolean,
  options: RunPlanOptions,
): Promise<void> {
  const tell = (reason: WaitReason): void => notice(reason.code, reason.message, options);
  await forgetRun(run, { ...options, notice: tell, clusterUid, isOver }).catch(() => undefined);
}

interface Begin {
  /** The run to take up; null: a new one. */
  readonly known: StoredRun | null;
  readonly clusterUid: string;
  readonly isOver: (run: string) => boolean;
}

async function withLock({ known, clusterUid, isOver }: Begin, options: RunPlanOptions): Promise<RunEnd> {
  const run = known?.run ?? options.newRunId();
  await options.store.prepare(clusterUid);
  const lock = await acquireLock({
    leases: options.leases,
    clock: options.clock,
    host: options.host,
    self: describeRun(run, known, clusterUid, options),
    purpose: "apply",
    wasNamed: known !== null && hasSent(known.entries),
    isOver,
    stop: options.stop,
    notice: (reason) => notice(reason.code, reason.message, options),
  });
  if (lock.kind === "refused") return refuse(lock.exit, lock.code, lock.message);
  for (const other of lock.others) {
    notice("N-OTHER-RUN", `run ${other.run} (${other.name}) on host ${other.host} is unfinished`, options);
  }
  let ended = false;
  const following = new AbortController();
  try {
    const live = await follow(following, options);
    const refusal = await refuseForDrift(known !== null, live, options);
    if (refusal) return refusal;
    const end = await execute({ run, known, clusterUid, lock, live }, options);
    ended = end.exit === EXIT.done;
    return end;
  } finally {
    following.abort(new StopRequested("over"));
    await lock.release(ended).catch(() => undefined);
  }
}

/** A stop ends the first listing; once the view stands it outlives the stop, until the last step is over. */
async function follow(following: AbortController, options: RunPlanOptions): Promise<LiveSnapshot> {
  const onStop = (): void => following.abort(new StopRequested("stop"));
  if (options.stop.aborted) onStop();
  options.stop.addEventListener("abort", onStop, { once: true });
  try {
    return await options.cluster.follow(following.signal);
  } finally {
    options.stop.removeEventListener("abort", onStop);
  }
}

function describeRun(
  run: string,
  known: StoredRun | null,
  clusterUid: string,
  options: RunPlanOptions,
): UnfinishedRun {
  return {
    run,
    name: options.plan.content.name,
    digest: options.plan.digest,
    host: options.host.name,
    path: options.store.pathOf(clusterUid, run),
    startedAt: known?.entries[0]?.at ?? new Date(options.clock.now()).toISOString(),
    scope: scopeOf(options.plan.content),
  };
}
