import type { Clock, Host, LeasePort, LeaseView } from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { WaitReason } from "#model/run.ts";
import { readUnfinishedRuns, type UnfinishedRun, writeUnfinishedRuns } from "./lock-annotations.ts";
import { sharedObject } from "./run-scope.ts";

/** The lease lasts this long, is renewed this often, and no write is sent later than this after a renewal. */
export const LEASE_SECONDS = 60;
const RENEW_SECONDS = 15;
const WRITE_SECONDS = 40;
/** On one host both sides read the same clock: a stamp this fresh with a living process is a live run. */
const FRESH_SECONDS = 20;
const POLL_MILLISECONDS = 2_000;

export interface LockOptions {
  readonly leases: LeasePort;
  readonly clock: Clock;
  readonly host: Host;
  readonly self: UnfinishedRun;
  /** "apply": an unfinished run that shares objects with this one refuses. "abort": it does not. */
  readonly purpose: "apply" | "abort";
  readonly stop: AbortSignal;
  readonly notice: (reason: WaitReason) => void;
}

export interface Refusal {
  readonly kind: "refused";
  readonly exit: number;
  readonly code: Code;
  readonly message: string;
}

export interface HeldLock {
  readonly kind: "held";
  /** leaseTransitions while it is ours. */
  readonly token: number;
  /** Unfinished runs that work on other objects. */
  readonly others: readonly UnfinishedRun[];
  /** Settles while a write may be sent; rejects with LockLost when the lease is somebody else's. */
  writable(signal: AbortSignal): Promise<void>;
  /** Gives the lease back. A run that has ended is forgotten, any other stays named in it. */
  release(ended: boolean, signal?: AbortSignal): Promise<void>;
}

export class LockLost extends Error {
  override readonly name = "LockLost";
}

/** "HOST/PID/RUN": who holds the lease. */
const holderOf = (options: LockOptions): string =>
  `${options.host.name}/${options.host.pid}/${options.self.run}`;

/** Takes the lease, or says who has it. Waits at most one lease duration to see whether the holder lives. */
export async function acquireLock(options: LockOptions): Promise<HeldLock | Refusal> {
  const { leases, clock } = options;
  const watch: { seen: string; since: number } = { seen: "", since: clock.monotonic() };
  for (;;) {
    options.stop.throwIfAborted();
    const lease = await leases.read(options.stop);
    const refusal = lease ? await judgeHolder(lease, options, watch) : null;
    if (refusal === "wait") continue;
    if (refusal) return refusal;
    const others = unfinishedOthers(lease, options);
    const overlap = options.purpose === "apply" ? refuseOverlap(others, options) : null;
    if (overlap) return overlap;
    const held = await take(lease, others, options);
    if (held !== "again") return held;
  }
}

/** null: nobody holds it. */
async function judgeHolder(
  lease: LeaseView,
  options: LockOptions,
  watch: { seen: string; since: number },
): Promise<Refusal | "wait" | null> {
  const { clock } = options;
  if (lease.holder === "" || lease.holder === holderOf(options)) return null;
  const [host = "", pid = "", run = ""] = lease.holder.split("/");
  const here = host === options.host.name;
  const alive = here ? options.host.isProcessAlive(Number(pid)) : null;
  if (alive === false) return null;
  const age = (clock.now() - Date.parse(lease.renewedAt)) / 1000;
  const live: Refusal = {
    kind: "refused",
    exit: EXIT.locked,
    code: "E-LOCKED",
    message: `run ${run} is under way on host ${host} (pid ${pid}), last seen alive ${lease.renewedAt}`,
  };
  if (alive === true && age >= 0 && age < FRESH_SECONDS) return live;
  const sight = `${lease.holder} ${lease.renewedAt} ${lease.resourceVersion}`;
  if (watch.seen !== "" && watch.seen !== sight) return live;
  if (watch.seen === "") {
    watch.seen = sight;
    watch.since = clock.monotonic();
    options.notice({
      code: "N-LOCK",
      message: `run ${run} on host ${host} holds the lock; watching for up to ${lease.durationSeconds} s whether it is alive`,
    });
  }
  if (clock.monotonic() - watch.since >= Math.max(lease.durationSeconds, 1) * 1000) return null;
  await clock.sleep(POLL_MILLISECONDS, options.stop);
  return "wait";
}

function unfinishedOthers(lease: LeaseView | undefined, options: LockOptions): readonly UnfinishedRun[] {
  return readUnfinishedRuns(lease?.annotations ?? {}).filter((other) => other.run !== options.self.run);
}

function refuseOverlap(others: readonly UnfinishedRun[], options: LockOptions): Refusal | null {
  for (const other of others) {
    const shared = sharedObject(options.self.scope, other.scope);
    if (shared === null) continue;
    const elsewhere = other.digest === options.self.digest;
    return {
      kind: "refused",
      exit: EXIT.locked,
      code: elsewhere ? "E-RUN-ELSEWHERE" : "E-RUN-OVERLAPS",
      message: `run ${other.run} (${other.name}) is unfinished and works on ${shared} too; it was begun on host ${other.host}, its files are in ${other.path}`,
    };
  }
  return null;
}

async function take(
  lease: LeaseView | undefined,
  others: readonly UnfinishedRun[],
  options: LockOptions,
): Promise<HeldLock | Refusal | "again"> {
  const token = (lease?.transitions ?? 0) + 1;
  const annotations = writeUnfinishedRuns(lease?.annotations ?? {}, [...others, options.self]);
  const sentAt = options.clock.monotonic();
  const answer = await options.leases.write({
    holder: holderOf(options),
    durationSeconds: LEASE_SECONDS,
    renewedAt: new Date(options.clock.now()).toISOString(),
    transitions: token,
    annotations,
    resourceVersion: lease?.resourceVersion ?? null,
  });
  switch (answer.kind) {
    case "done":
      return hold(answer.lease, token, others, sentAt, options);
    case "conflict":
    case "unknown":
      await options.clock.sleep(POLL_MILLISECONDS, options.stop);
      return "again";
    case "no-namespace":
      return (await options.leases.createNamespace(options.stop)) === "forbidden" ? noNamespace() : "again";
    case "forbidden":
      return { kind: "refused", exit: EXIT.refused, code: "E-FORBIDDEN", message: answer.message };
  }
}

function noNamespace(): Refusal {
  return {
    kind: "refused",
    exit: EXIT.refused,
    code: "E-LOCK-MISSING",
    message:
      "namespace dextre-system does not exist and may not be created with these credentials; create it with: kubectl create namespace dextre-system",
  };
}

/** Renews in the background until released or lost. */
function hold(
  first: LeaseView,
  token: number,
  others: readonly UnfinishedRun[],
  acquiredAt: number,
  options: LockOptions,
): HeldLock {
  const { leases, clock } = options;
  const ended = new AbortController();
  let lease = first;
  let renewedAt = acquiredAt;
  let lost: string | null = null;

  const renew = async (): Promise<void> => {
    const sentAt = clock.monotonic();
    const write = {
      ...lease,
      renewedAt: new Date(clock.now()).toISOString(),
      resourceVersion: lease.resourceVersion,
    };
    const answer = await leases.write(write, ended.signal);
    if (answer.kind === "done") {
      lease = answer.lease;
      renewedAt = sentAt;
      return;
    }
    const seen = await leases.read(ended.signal);
    if (!seen) lost = "the lease was deleted";
    else if (seen.holder !== lease.holder || seen.transitions !== token)
      lost = `the lease is held by ${seen.holder || "nobody"} now`;
    else lease = seen;
  };
  const keep = async (): Promise<void> => {
    let pause = RENEW_SECONDS;
    while (!ended.signal.aborted && lost === null) {
      const slept = await quiet(clock.sleep(pause * 1000, ended.signal));
      if (!slept) return;
      const before = renewedAt;
      await quiet(renew());
      pause = renewedAt > before ? RENEW_SECONDS : 2;
    }
  };
  const keeping = keep();

  return {
    kind: "held",
    token,
    others,
    async writable(signal) {
      for (;;) {
        if (lost !== null) throw new LockLost(lost);
        if (clock.monotonic() - renewedAt < WRITE_SECONDS * 1000) return;
        await clock.sleep(1_000, signal);
      }
    },
    async release(runEnded, signal) {
      ended.abort(new Error("released"));
      await keeping;
      if (lost !== null) return;
      await giveBack(lease, runEnded, options, signal);
    },
  };
}

/** Best effort: a lease that could not be given back is free after its duration. */
async function giveBack(
  lease: LeaseView,
  runEnded: boolean,
  options: LockOptions,
  signal: AbortSignal | undefined,
): Promise<void> {
  let current: LeaseView | undefined = lease;
  for (let attempt = 0; attempt < 3 && current?.holder === lease.holder; attempt += 1) {
    const runs = readUnfinishedRuns(current.annotations).filter(
      (run) => !runEnded || run.run !== options.self.run,
    );
    const answer = await options.leases.write(
      { ...current, holder: "", annotations: writeUnfinishedRuns(current.annotations, runs) },
      signal,
    );
    if (answer.kind === "done") return;
    current = await options.leases.read(signal);
  }
}

/** True when it settled, false when it rejected: for the background loop, where each failure is looked at by its effect. */
async function quiet(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}
