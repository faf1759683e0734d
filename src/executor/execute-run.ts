import { type Journal, JournalError, type LiveSnapshot, type StoredRun } from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Node } from "#model/objects.ts";
import type { RunEnd, RunRecord } from "#model/run.ts";
import { isCordonedByOthers } from "#rules/cordon.ts";
import type { HeldLock } from "./held-lock.ts";
import { Recorder } from "./recorder.ts";
import { type LoopEnd, runLoop } from "./run-loop.ts";
import type { RunPlanOptions } from "./run-options.ts";
import { cordonedNodes, cordonsInDoubt, type RunState } from "./run-state.ts";
import { within } from "./within.ts";

/** Version of the journal's records. */
export const JOURNAL_FORMAT = 1;
/** For a last look at a node before the run's end is told. */
const LAST_LOOK_MILLISECONDS = 2_000;

export interface Execution {
  readonly run: string;
  readonly known: StoredRun | null;
  readonly clusterUid: string;
  readonly lock: HeldLock;
  readonly live: LiveSnapshot;
}

/** Opens the journal, runs the steps, and closes the run by what came of it. */
export async function execute(execution: Execution, options: RunPlanOptions): Promise<RunEnd> {
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
    return { ...closed, run, ...(await cordonedNow(recorder.state, { ...execution, ...options })) };
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

type Cordons = Pick<Execution, "live" | "run"> & Pick<RunPlanOptions, "plan" | "cluster" | "clock">;

/** By the records, and by what the cluster shows: a node that is known to be gone is not cordoned. */
async function cordonedNow(
  state: RunState,
  { plan, live, run, ...reader }: Cordons,
): Promise<Pick<RunEnd, "cordoned" | "cordonedBefore">> {
  // Nobody has waited until the view shows these.
  const inDoubt = new Set(cordonsInDoubt(plan.content, state));
  const names = cordonedNodes(plan.content, state);
  const seen = await Promise.all(
    names.map((name) => (inDoubt.has(name) ? nodeNow(name, reader) : live.snapshot.node(name))),
  );
  const cordoned: string[] = [];
  const cordonedBefore: string[] = [];
  for (const [index, name] of names.entries()) {
    const node = seen[index];
    const isOurs = node !== "unknown" && node?.unschedulable === true && node.cordonMarker?.run === run;
    if (node !== "unknown" && !isOurs) continue;
    cordoned.push(name);
    if (isOurs && isCordonedByOthers(node)) cordonedBefore.push(name);
  }
  return { cordoned, cordonedBefore };
}

async function nodeNow(
  name: string,
  { cluster, clock }: Pick<Cordons, "cluster" | "clock">,
): Promise<Node | undefined | "unknown"> {
  try {
    return await within(clock, LAST_LOOK_MILLISECONDS, undefined, (limit) => cluster.readNode(name, limit));
  } catch {
    return "unknown";
  }
}
