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
import type { CordonNodeStep, PlanContent } from "#model/plan.ts";
import type { RunEnd, RunEvent, WaitReason } from "#model/run.ts";
import { describeStored, forgetRun } from "./forget-run.ts";
import type { HeldLock } from "./held-lock.ts";
import { isOverIn } from "./known-runs.ts";
import { acquireLock } from "./lock.ts";
import { readUnfinishedRuns } from "./lock-annotations.ts";
import type { LockOptions } from "./lock-options.ts";
import { foldEntries, Recorder } from "./recorder.ts";
import { refusalOf } from "./refusal.ts";
import { isSettled, plannedStepsOfLane, type RunState } from "./run-state.ts";
import { removeCordon, removeMarkedCordon, type Undone } from "./take-back-cordon.ts";

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
  const { runs: all } = await store.read(identity.uid);
  const stored = all.find((run) => run.run === options.run);
  const notice = (reason: WaitReason): void => options.emit({ kind: "Notice", at: now(options), ...reason });
  const lease = { ...options, clusterUid: identity.uid, isOver: isOverIn(all), notice };
  if (!stored || stored.entries.length === 0) return abortElsewhere(lease);
  const { phase } = foldEntries(stored.entries);
  if (phase === "finished" || phase === "aborted") await forgetRun(stored, lease);
  // What a finished drain left cordoned is still the run's to give back.
  if (phase === "finished" && stored.plan.content.spec.replace.mode !== "none")
    return ended(
      EXIT.refused,
      "E-RUN-UNKNOWN",
      `run ${options.run} is finished: nothing to undo; see: dextre status`,
      options,
    );
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

/**
 * A run whose machine is gone: closed by what the lease and the nodes themselves tell of it. No
 * journal is here to write to, so each node is given back by one guarded patch that may be repeated.
 */
async function abortElsewhere(
  lease: AbortRunOptions & Pick<LockOptions, "isOver" | "notice">,
): Promise<AbortEnd> {
  const found = readUnfinishedRuns((await lease.leases.read(lease.stop))?.annotations ?? {});
  const self = found.find((run) => run.run === lease.run);
  if (!self) {
    const text = `there is no run ${lease.run} of this cluster on this machine, and the lock names none; see: dextre status`;
    return ended(EXIT.refused, "E-RUN-UNKNOWN", text, lease);
  }
  const lock = await acquireLock({ ...lease, self, purpose: "abort" });
  if (lock.kind === "refused") return ended(lock.exit, lock.code, lock.message, lease);
  let closed = false;
  try {
    const results: Undone[] = [];
    for (const node of self.scope.nodes) {
      const end = await removeMarkedCordon(node, { ...lease, lock });
      if (end) results.push(end);
    }
    const { undone, left, standing } = sortOut(results);
    closed = standing === null;
    const end = closed
      ? ended(EXIT.done, "N-UNDONE", `run ${lease.run}, begun on host ${self.host}, is closed`, lease)
      : ended(EXIT.failed, "N-LEFT", `${standing}; abort again`, lease);
    return { ...end, undone, left };
  } finally {
    await lock.release(closed).catch(() => undefined);
  }
}

/** standing: why our cordon is still on a node; null: it is on none. */
function sortOut(results: readonly Undone[]): {
  readonly undone: readonly string[];
  readonly left: readonly string[];
  readonly standing: string | null;
} {
  const standing = results.find((one) => one.kind === "left" && one.stands);
  return {
    undone: results.filter((one) => one.kind === "undone").map((one) => one.message),
    left: results.filter((one) => one.kind === "left").map((one) => one.message),
    standing: standing?.message ?? null,
  };
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
    const content = stored.plan.content;
    for (const step of content.steps) {
      if (step.kind !== "CordonNode" || !recorder.state.intents.has(step.id)) continue;
      if (isNodeGone(step, content, recorder.state)) continue;
      const ending = await whyEnding(step, stored, options);
      results.push(
        ending ?? (await removeCordon(step, { content, run, recorder, lock, cluster, clock, stop })),
      );
    }
    const { undone, left, standing } = sortOut(results);
    if (standing !== null) {
      return { ...ended(EXIT.failed, "N-LEFT", `${standing}; abort again`, options), undone, left };
    }
    await recorder.commit([{ kind: "RunAborted", undone, left }]);
    return { ...ended(EXIT.done, "N-UNDONE", `run ${run} is closed`, options), undone, left };
  } finally {
    journal.close();
  }
}

/** A node that this run saw to its end holds nothing any more. */
function isNodeGone(step: CordonNodeStep, content: PlanContent, state: RunState): boolean {
  return plannedStepsOfLane(content, step.lane).some(
    (other) => other.kind === "AwaitNodeGone" && isSettled(state, other.id),
  );
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
  // Out of its group, but not ended: detached. Its node lives on.
  if (!instance && (await options.scaling.isInstanceAlive(terminate.target.id, options.stop))) return null;
  return {
    kind: "left",
    stands: false,
    message: `${step.target.name}: its instance ${terminate.target.id} is ending`,
  };
}

const now = (options: AbortRunOptions): string => new Date(options.clock.now()).toISOString();

function ended(exit: number, code: RunEnd["code"], message: string, options: AbortRunOptions): AbortEnd {
  return { exit, code, message, run: options.run, cordoned: [], undone: [], left: [] };
}
