import type {
  Clock,
  ClusterPort,
  Host,
  LeasePort,
  RunStore,
  ScalingPort,
  StoredRun,
} from "#gateway/ports.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { CordonNodeStep } from "#model/plan.ts";
import type { RunEnd, RunEvent, WaitReason } from "#model/run.ts";
import { describeStored, forgetRun } from "./forget-run.ts";
import type { HeldLock } from "./held-lock.ts";
import { isOverIn } from "./known-runs.ts";
import { acquireLock } from "./lock.ts";
import { foldEntries, Recorder } from "./recorder.ts";
import { refusalOf } from "./refusal.ts";
import { plannedStepsOfLane } from "./run-state.ts";
import { removeCordon, type Undone } from "./take-back-cordon.ts";

export interface AbortRunOptions {
  readonly run: string;
  readonly cluster: ClusterPort;
  readonly leases: LeasePort;
  /** null where the plan terminates nothing. */
  readonly scaling: ScalingPort | null;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly host: Host;
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
}

export interface AbortEnd extends RunEnd {
  readonly undone: readonly string[];
  readonly left: readonly string[];
}

/**
 * Undoes exactly what a run did and still stands as the run left it, and closes the run. What
 * others changed since is reported, not touched.
 */
export async function abortRun(options: AbortRunOptions): Promise<AbortEnd> {
  try {
    return await abortOrRefuse(options);
  } catch (error) {
    return { ...refusalOf(error, options.stop), undone: [], left: [] };
  }
}

async function abortOrRefuse(options: AbortRunOptions): Promise<AbortEnd> {
  const { cluster, store } = options;
  const identity = await cluster.identity(options.stop);
  const all = await store.runs(identity.uid);
  const stored = all.find((run) => run.run === options.run);
  if (!stored || stored.entries.length === 0) {
    const text = `there is no run ${options.run} of this cluster on this machine`;
    return ended(EXIT.refused, "E-RUN-UNKNOWN", text, options);
  }
  const { phase } = foldEntries(stored.entries);
  const notice = (reason: WaitReason): void => options.emit({ kind: "Notice", at: now(options), ...reason });
  const lease = { ...options, clusterUid: identity.uid, isOver: isOverIn(all), notice };
  if (phase === "finished" || phase === "aborted") await forgetRun(stored, lease);
  if (phase === "finished")
    return ended(EXIT.refused, "E-RUN-UNKNOWN", `run ${options.run} is finished: nothing to undo`, options);
  if (phase === "aborted")
    return ended(EXIT.done, "N-UNDONE", `run ${options.run} was aborted before`, options);
  const lock = await acquireLock({ ...lease, self: describeStored(stored, lease), purpose: "abort" });
  if (lock.kind === "refused") return ended(lock.exit, lock.code, lock.message, options);
  let closed = false;
  try {
    const end = await undo(stored, identity.uid, lock, options);
    closed = end.exit === EXIT.done;
    return end;
  } finally {
    await lock.release(closed).catch(() => undefined);
  }
}

async function undo(
  stored: StoredRun,
  clusterUid: string,
  lock: HeldLock,
  options: AbortRunOptions,
): Promise<AbortEnd> {
  const { clock, cluster, emit, host, run, stop, store } = options;
  const journal = await store.open(clusterUid, run);
  try {
    const recorder = new Recorder({ journal, clock, token: lock.token, emit });
    await recorder.commit([{ kind: "AbortStarted", host: host.name, pid: host.pid }]);
    const results: Undone[] = [];
    let standing: string | null = null;
    const content = stored.plan.content;
    for (const step of content.steps) {
      if (step.kind !== "CordonNode" || !recorder.state.intents.has(step.id)) continue;
      const ending = await whyEnding(step, stored, options);
      const end =
        ending ?? (await removeCordon(step, { content, run, recorder, lock, cluster, clock, stop }));
      results.push(end);
      if (!ending && end.kind === "left" && end.stands) standing ??= end.message;
    }
    const undone = results.filter((one) => one.kind === "undone").map((one) => one.message);
    const left = results.filter((one) => one.kind === "left").map((one) => one.message);
    if (standing !== null) {
      return { ...ended(EXIT.failed, "N-LEFT", `${standing}; abort again`, options), undone, left };
    }
    await recorder.commit([{ kind: "RunAborted", undone, left }]);
    return { ...ended(EXIT.done, "N-UNDONE", `run ${run} is closed`, options), undone, left };
  } finally {
    journal.close();
  }
}

/** A node whose instance is on its way out keeps its cordon: nothing shall land there any more. */
async function whyEnding(
  step: CordonNodeStep,
  stored: StoredRun,
  options: AbortRunOptions,
): Promise<Undone | null> {
  const terminate = plannedStepsOfLane(stored.plan.content, step.lane).find(
    (one) => one.kind === "TerminateInstance",
  );
  if (terminate?.kind !== "TerminateInstance" || !options.scaling) return null;
  const groups = await options.scaling.readGroups([terminate.target.group], options.stop);
  const instance = groups.flatMap((group) => group.instances).find((one) => one.id === terminate.target.id);
  if (instance && !instance.lifecycle.startsWith("Terminat")) return null;
  return {
    kind: "left",
    stands: true,
    message: `${step.target.name}: its instance ${terminate.target.id} is ending`,
  };
}

const now = (options: AbortRunOptions): string => new Date(options.clock.now()).toISOString();

function ended(exit: number, code: RunEnd["code"], message: string, options: AbortRunOptions): AbortEnd {
  return { exit, code, message, run: options.run, cordoned: [], undone: [], left: [] };
}
