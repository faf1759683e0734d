import {
  type Access,
  type Clock,
  type ClusterPort,
  GatewayError,
  type Host,
  type Journal,
  JournalError,
  type LeasePort,
  type LiveSnapshot,
  type RunStore,
  type ScalingPort,
  type StoredRun,
} from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent, RunRecord, WaitReason } from "#model/run.ts";
import {
  type Drift,
  judgeBudgets,
  judgeGroups,
  judgeIdentity,
  judgeNewNodes,
  judgeReplicas,
} from "#rules/drift.ts";
import { forgetRun } from "./forget-run.ts";
import { type HeldLock, LockLost } from "./held-lock.ts";
import { acquireLock } from "./lock.ts";
import { readUnfinishedRuns, type UnfinishedRun } from "./lock-annotations.ts";
import { foldEntries, Recorder } from "./recorder.ts";
import { codeOfGatewayError, type LoopEnd, runLoop } from "./run-loop.ts";
import { scopeOf } from "./run-scope.ts";
import { cordonedNodes, type RunState } from "./run-state.ts";
import { StopRequested } from "./step-context.ts";

/** Version of the journal's records. */
export const JOURNAL_FORMAT = 1;

export interface RunPlanOptions {
  readonly plan: Plan;
  /** "resume" refuses a plan that has no unfinished run here; "apply" starts one or takes it up. */
  readonly mode: "apply" | "resume";
  /** A digest that was approved; null: the plan is its own approval. */
  readonly approve: string | null;
  readonly cluster: ClusterPort;
  /** What the run will ask of the API server; anything missing is found before the first change. */
  readonly access: readonly Access[];
  readonly leases: LeasePort;
  /** null where the plan terminates nothing. */
  readonly scaling: ScalingPort | null;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly host: Host;
  readonly newRunId: () => string;
  readonly dextreVersion: string;
  readonly emit: (event: RunEvent) => void;
  /** Aborted: stop at a safe point, within 5 s. */
  readonly stop: AbortSignal;
}

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
  const stored = await store.runs(identity.uid);
  const known = pickRun(stored, plan.digest);
  if (known.kind === "finished") {
    await forget(known.run, identity.uid, isOverIn(stored), options);
    return refuse(EXIT.done, "N-ALREADY-APPLIED", `already applied by run ${known.run.run}`);
  }
  if (known.kind === "aborting") {
    const text = `an abort of run ${known.run.run} was begun; finish it with: dextre abort ${known.run.run}`;
    return refuse(EXIT.locked, "E-RUN-OVERLAPS", text);
  }
  if (known.kind === "none" && options.mode === "resume") return nothingToResume(options);
  if (known.kind === "none" && Date.parse(plan.meta.expiresAt) < options.clock.now()) {
    const text = `the plan expired at ${plan.meta.expiresAt}; make a new one`;
    return refuse(EXIT.refused, "E-PLAN-EXPIRED", text);
  }
  const missing = await missingAccess(options);
  if (missing.length > 0) {
    return refuse(EXIT.refused, "E-FORBIDDEN", `these credentials may not ${missing.join(", nor ")}`);
  }
  const begun = known.kind === "unfinished" ? known.run : null;
  return withLock({ known: begun, clusterUid: identity.uid, isOver: isOverIn(stored) }, options);
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

/** A run of this plan that another machine began is named with its place; nothing starts blind. */
async function nothingToResume(options: RunPlanOptions): Promise<RunEnd> {
  const lease = await options.leases.read(options.stop);
  const run = readUnfinishedRuns(lease?.annotations ?? {}).find((one) => one.digest === options.plan.digest);
  if (!run) return refuse(EXIT.refused, "E-RUN-UNKNOWN", "this plan has no unfinished run on this machine");
  const text = `run ${run.run} of this plan was begun on host ${run.host}, its files are in ${run.path}; resume or abort it there`;
  return refuse(EXIT.locked, "E-RUN-ELSEWHERE", text);
}

/** Which runs have ended, by the journals of this machine. */
export function isOverIn(stored: readonly StoredRun[]): (run: string) => boolean {
  const over = new Set<string>();
  for (const { run, entries } of stored) {
    const { phase } = foldEntries(entries);
    if (phase === "finished" || phase === "aborted") over.add(run);
  }
  return (run) => over.has(run);
}

/** "patch nodes", "create pods/eviction in default": what the server denies of what the run needs. */
async function missingAccess({ access, cluster, stop }: RunPlanOptions): Promise<readonly string[]> {
  const allowed = await Promise.all(access.map((one) => cluster.isAllowed(one, stop)));
  return access.filter((_, index) => allowed[index] === false).map(describeAccess);
}

function describeAccess({ verb, group, resource, subresource, namespace }: Access): string {
  const what = `${resource}${subresource ? `/${subresource}` : ""}${group === "" ? "" : `.${group}`}`;
  return `${verb} ${what}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

function refuseEarly(options: RunPlanOptions): RunEnd | null {
  const { plan, approve } = options;
  if (approve !== null && approve !== plan.digest) {
    return refuse(
      EXIT.notApproved,
      "E-PLAN-NOT-APPROVED",
      `approved was ${approve}, this plan is ${plan.digest}`,
    );
  }
  if (!plan.content.applyable) {
    const first = plan.content.blockers[0];
    const text = `the plan has ${plan.content.blockers.length} blockers, the first: ${first?.message ?? ""}`;
    return refuse(EXIT.refused, "E-PLAN-BLOCKED", text);
  }
  return null;
}

type KnownRun =
  | { readonly kind: "none" }
  | { readonly kind: "finished" | "unfinished" | "aborting"; readonly run: StoredRun };

/** An aborted run is over, and a new one may start; of all others there is at most one. */
function pickRun(runs: readonly StoredRun[], digest: string): KnownRun {
  const same = runs.filter((run) => run.plan.digest === digest && run.entries.length > 0);
  for (const run of same) {
    const { phase } = foldEntries(run.entries);
    if (phase === "aborted") continue;
    return { kind: phase === "finished" || phase === "aborting" ? phase : "unfinished", run };
  }
  return { kind: "none" };
}

interface Begin {
  /** The run to take up; null: a new one. */
  readonly known: StoredRun | null;
  readonly clusterUid: string;
  readonly isOver: (run: string) => boolean;
}

async function withLock({ known, clusterUid, isOver }: Begin, options: RunPlanOptions): Promise<RunEnd> {
  const run = known?.run ?? options.newRunId();
  const lock = await acquireLock({
    leases: options.leases,
    clock: options.clock,
    host: options.host,
    self: describeRun(run, known, clusterUid, options),
    purpose: "apply",
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

/** Hard drift refuses only what has not begun; a run under way stops at the node that it concerns. */
async function refuseForDrift(
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

interface Execution {
  readonly run: string;
  readonly known: StoredRun | null;
  readonly clusterUid: string;
  readonly lock: HeldLock;
  readonly live: LiveSnapshot;
}

async function execute(execution: Execution, options: RunPlanOptions): Promise<RunEnd> {
  const { run, known, clusterUid, lock, live } = execution;
  const { plan, store, clock, emit } = options;
  const journal: Journal = known
    ? await store.open(clusterUid, run)
    : await store.create(clusterUid, run, plan);
  try {
    const recorder = new Recorder({ journal, clock, token: lock.token, emit });
    await recorder.commit([known ? resumed(options) : started(run, options)]);
    await lock.announce(options.stop);
    const end = await runLoop({
      content: plan.content,
      run,
      recorder,
      lock,
      clock,
      cluster: options.cluster,
      scaling: options.scaling,
      live,
      emit,
      stop: options.stop,
    });
    const closed = await close(end, recorder);
    return { ...closed, run, cordoned: cordonedNow(recorder.state, live, run, plan) };
  } finally {
    journal.close();
  }
}

/** A run is done only once that is durable. */
async function close(end: LoopEnd, recorder: Recorder): Promise<LoopEnd> {
  try {
    await recorder.commit([closing(end)]);
    return end;
  } catch (error) {
    if (!(error instanceof JournalError)) throw error;
    return end.exit === EXIT.done
      ? { exit: EXIT.failed, code: "E-JOURNAL-WRITE", message: error.message }
      : end;
  }
}

function started(run: string, options: RunPlanOptions): RunRecord {
  const { plan, host, dextreVersion } = options;
  const { name, pid } = host;
  return {
    kind: "RunStarted",
    run,
    plan: plan.content.name,
    digest: plan.digest,
    formatVersion: JOURNAL_FORMAT,
    host: name,
    pid,
    dextreVersion,
  };
}

function resumed(options: RunPlanOptions): RunRecord {
  const { host, dextreVersion } = options;
  return { kind: "RunResumed", host: host.name, pid: host.pid, dextreVersion };
}

function closing(end: LoopEnd): RunRecord {
  if (end.exit === EXIT.done) return { kind: "RunFinished", exit: end.exit };
  return { kind: "RunStopped", code: end.code, message: end.message, exit: end.exit };
}

/** By the records, and by what the cluster shows: a node that is known to be gone is not cordoned. */
function cordonedNow(state: RunState, live: LiveSnapshot, run: string, plan: Plan): readonly string[] {
  return cordonedNodes(plan.content, state).filter((name) => {
    const node = live.snapshot.node(name);
    return node?.unschedulable === true && node.cordonMarker?.run === run;
  });
}

function firstOf(drifts: readonly Drift[], kind: Drift["class"]): Drift | null {
  return drifts.find((drift) => drift.class === kind) ?? null;
}

function notices(drifts: readonly Drift[], options: RunPlanOptions): void {
  for (const drift of drifts) notice(drift.code, drift.message, options);
}

function notice(code: Code, message: string, options: RunPlanOptions): void {
  options.emit({ kind: "Notice", at: new Date(options.clock.now()).toISOString(), code, message });
}

function refuse(exit: number, code: Code, message: string): RunEnd {
  return { exit, code, message, run: "", cordoned: [] };
}

/** What went wrong before the first step. */
export function refusalOf(error: unknown, stop: AbortSignal): RunEnd {
  if (stop.aborted) return refuse(EXIT.stopped, "E-SIGNAL", "stopped before anything was changed");
  if (error instanceof JournalError) {
    return refuse(error.code === "E-JOURNAL-WRITE" ? EXIT.failed : EXIT.refused, error.code, error.message);
  }
  if (error instanceof LockLost) return refuse(EXIT.locked, "E-LOCK-LOST", error.message);
  if (error instanceof GatewayError) return refuse(EXIT.refused, codeOfGatewayError(error), error.message);
  throw error;
}
