import { GatewayError, type LeaseView } from "#gateway/ports.ts";
import { readUnfinishedRuns, type UnfinishedRun, writeUnfinishedRuns } from "./lock-annotations.ts";
import type { LockOptions } from "./lock-options.ts";
import { invariant } from "./step-context.ts";
import { within } from "./within.ts";

/** The lease lasts this long, is renewed this often, and no write is sent later than this after a renewal. */
export const LEASE_SECONDS = 60;
const RENEW_SECONDS = 15;
const WRITE_SECONDS = 40;
/** After a renewal that failed. */
const RETRY_SECONDS = 2;
/** One renewal, from sending to the look at what became of it: well before writes have to stop. */
const RENEWAL_LIMIT_MILLISECONDS = 10_000;
/** Since a renewal: the next one was due, and did not arrive within its limit. */
const MISSED_MILLISECONDS = RENEW_SECONDS * 1000 + RENEWAL_LIMIT_MILLISECONDS;
const UNANSWERED = "the API server does not answer";
/** A run that cannot be named in the lease for so long does not begin. */
const ANNOUNCE_LIMIT_MILLISECONDS = 120_000;
/** A process that was told to stop does not wait longer than this to give the lease back. */
export const RELEASE_LIMIT_MILLISECONDS = 1_500;

export interface HeldLock {
  readonly kind: "held";
  /** leaseTransitions while it is ours. */
  readonly token: number;
  /** Unfinished runs that work on other objects. */
  readonly others: readonly UnfinishedRun[];
  /**
   * Names the run in the lease: unfinished for everybody from here on, whatever becomes of this
   * process. After the run's first record is durable and before its first write, so that the lease
   * names no run that has no journal. @throws LockLost
   */
  announce(signal: AbortSignal): Promise<void>;
  /**
   * Settles while a write may be sent, with true if it might be at once; calls back with the time since
   * the last renewal, in ms, while it may not. @throws LockLost when the lease is somebody else's.
   */
  writable(signal: AbortSignal, whileNot?: (sinceMilliseconds: number) => void): Promise<boolean>;
  /**
   * Why renewals have had no answer for so long that one was missed; null while they arrive. A server that
   * takes connections and says nothing is noticed here long before a quiet watch is.
   */
  trouble(): string | null;
  /** Gives the lease back. A run that has ended is forgotten, any other stays named in it. */
  release(ended: boolean): Promise<void>;
}

export class LockLost extends Error {
  override readonly name = "LockLost";
}

/** When the last renewal that is known to have arrived was sent: by the machine's uptime, and by its date. */
export interface Renewal {
  readonly uptime: number;
  readonly wall: number;
}

interface Held {
  readonly options: LockOptions;
  readonly token: number;
  readonly ended: AbortController;
  lease: LeaseView;
  renewal: Renewal;
  lost: string | null;
  /** The run is to be named in the lease. */
  announcing: boolean;
  queue: Promise<void>;
}

/** Renews in the background until released or lost. */
export function holdLock(
  lease: LeaseView,
  token: number,
  others: readonly UnfinishedRun[],
  renewal: Renewal,
  options: LockOptions,
): HeldLock {
  const ended = new AbortController();
  const held: Held = {
    options,
    token,
    ended,
    lease,
    renewal,
    lost: null,
    announcing: false,
    queue: Promise.resolve(),
  };
  const keeping = keep(held);
  return {
    kind: "held",
    token,
    others,
    announce: (signal) => announce(held, signal),
    writable: (signal, whileNot) => writable(held, signal, whileNot),
    trouble: () => (ageOf(held.renewal, held) < MISSED_MILLISECONDS ? null : UNANSWERED),
    async release(runEnded) {
      ended.abort(new Error("released"));
      await keeping;
      await held.queue;
      if (held.lost !== null) return;
      const { clock } = options;
      await within(clock, RELEASE_LIMIT_MILLISECONDS, undefined, (limit) => giveBack(held, runEnded, limit));
    },
  };
}

async function keep(held: Held): Promise<void> {
  const { clock } = held.options;
  let pause = RENEW_SECONDS;
  while (!held.ended.signal.aborted && held.lost === null) {
    if (!(await quiet(clock.sleep(pause * 1000, held.ended.signal)))) return;
    const before = held.renewal.uptime;
    await renewInTurn(held);
    pause = held.renewal.uptime > before ? RENEW_SECONDS : RETRY_SECONDS;
  }
}

/** One renewal at a time. Failures are looked at by their effect: the lease grows old, or is lost. */
function renewInTurn(held: Held): Promise<void> {
  const { clock } = held.options;
  held.queue = held.queue.then(async () => {
    if (held.lost !== null || held.ended.signal.aborted) return;
    await quiet(within(clock, RENEWAL_LIMIT_MILLISECONDS, held.ended.signal, (limit) => renew(held, limit)));
  });
  return held.queue;
}

async function renew(held: Held, signal: AbortSignal): Promise<void> {
  const { clock, leases, self } = held.options;
  const sent = { uptime: clock.uptime(), wall: clock.now() };
  const renewedAt = new Date(sent.wall).toISOString();
  const runs = readUnfinishedRuns(held.lease.annotations).filter((run) => run.run !== self.run);
  const annotations = held.announcing
    ? writeUnfinishedRuns(held.lease.annotations, [...runs, self])
    : held.lease.annotations;
  const answer = await leases.write({ ...held.lease, replaces: held.lease, renewedAt, annotations }, signal);
  if (answer.kind === "done") {
    held.lease = answer.lease;
    held.renewal = sent;
    return;
  }
  const seen = await leases.read(signal);
  if (!seen) held.lost = "the lease was deleted";
  else if (seen.holder !== held.lease.holder || seen.transitions !== held.token)
    held.lost = `the lease is held by ${seen.holder || "nobody"} now`;
  else held.lease = seen;
}

const isNamed = (held: Held): boolean =>
  readUnfinishedRuns(held.lease.annotations).some((run) => run.run === held.options.self.run);

async function announce(held: Held, signal: AbortSignal): Promise<void> {
  const { clock } = held.options;
  const deadline = clock.monotonic() + ANNOUNCE_LIMIT_MILLISECONDS;
  held.announcing = true;
  for (;;) {
    if (held.lost !== null) throw new LockLost(held.lost);
    if (isNamed(held)) return;
    if (clock.monotonic() >= deadline)
      throw new GatewayError("server-failed", "the lock: the run could not be named in it");
    await renewInTurn(held);
    if (held.lost === null && !isNamed(held)) await held.options.clock.sleep(1_000, signal);
  }
}

async function writable(
  held: Held,
  signal: AbortSignal,
  whileNot: (sinceMilliseconds: number) => void = () => undefined,
): Promise<boolean> {
  const { clock, purpose } = held.options;
  invariant(purpose === "abort" || isNamed(held), "a run is named in the lease before its first write");
  for (let isAtOnce = true; ; isAtOnce = false) {
    if (held.lost !== null) throw new LockLost(held.lost);
    const age = ageOf(held.renewal, held);
    if (age < WRITE_SECONDS * 1000) return isAtOnce;
    whileNot(age);
    await clock.sleep(1_000, signal);
  }
}

/**
 * By the clock that says more. The uptime counts a suspend that the machine knows of; where its hypervisor stopped it
 * without a word, only the date tells, once it has been set right.
 */
function ageOf(renewal: Renewal, { options: { clock } }: Held): number {
  return Math.max(clock.uptime() - renewal.uptime, clock.now() - renewal.wall);
}

/** Best effort: a lease that could not be given back is free after its duration. */
async function giveBack(held: Held, runEnded: boolean, signal: AbortSignal): Promise<void> {
  const { leases, self } = held.options;
  let current: LeaseView | undefined = held.lease;
  while (current && current.holder === held.lease.holder && current.transitions === held.token) {
    const runs = readUnfinishedRuns(current.annotations).filter((run) => !runEnded || run.run !== self.run);
    const annotations = writeUnfinishedRuns(current.annotations, runs);
    const answer = await leases.write({ ...current, replaces: current, holder: "", annotations }, signal);
    if (answer.kind === "done" || signal.aborted) return;
    await held.options.clock.sleep(200, signal);
    current = await leases.read(signal);
  }
}

/** True when it settled, false when it rejected. */
async function quiet(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch {
    return false;
  }
}
