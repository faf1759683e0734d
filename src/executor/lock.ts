import type { LeaseView } from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import { type HeldLock, holdLock, LEASE_SECONDS, RELEASE_LIMIT_MILLISECONDS } from "./held-lock.ts";
import {
  isClosedElsewhere,
  readUnfinishedRuns,
  type UnfinishedRun,
  writeUnfinishedRuns,
} from "./lock-annotations.ts";
import { holderOf, readHolder } from "./lock-holder.ts";
import type { LockOptions } from "./lock-options.ts";
import { sharedObject } from "./run-scope.ts";
import { within } from "./within.ts";

/** On one host both sides read the same clock: a stamp this fresh with a living process is a live run. */
const FRESH_SECONDS = 20;
const POLL_MILLISECONDS = 2_000;
/** So long writes may go unanswered before the lock is given up. */
const TROUBLE_MILLISECONDS = 120_000;

export interface Refusal {
  readonly kind: "refused";
  readonly exit: number;
  readonly code: Code;
  readonly message: string;
}

/** What was seen of a holder, and since when on our own clock nothing about it has changed. */
interface Watch {
  seen: string;
  since: number;
}

/** Takes the lease, or says who has it. Waits at most one lease duration to see whether the holder lives. */
export async function acquireLock(options: LockOptions): Promise<HeldLock | Refusal> {
  const { leases, clock, stop } = options;
  const watch: Watch = { seen: "", since: clock.monotonic() };
  let troubleSince: number | null = null;
  for (;;) {
    stop.throwIfAborted();
    const lease = await leases.read(stop);
    const refusal = lease ? await judgeHolder(lease, options, watch) : null;
    if (refusal === "wait") continue;
    if (refusal) return refusal;
    const unfinished =
      refuseOverlap(unfinishedOthers(lease, options), options) ?? refuseClosed(lease, options);
    if (unfinished) return unfinished;
    const held = await take(lease, options);
    if (held.kind === "held" || held.kind === "refused") return held;
    if (stop.aborted) await letGo(options);
    if (held.kind === "conflict") troubleSince = null;
    else troubleSince ??= clock.monotonic();
    if (held.kind === "unknown" && clock.monotonic() - (troubleSince ?? 0) >= TROUBLE_MILLISECONDS)
      return refused(EXIT.refused, "E-SERVER-FAILED", `the lock could not be taken: ${held.message}`);
    await clock.sleep(POLL_MILLISECONDS, stop);
  }
}

/** null: nobody holds it. */
async function judgeHolder(
  lease: LeaseView,
  options: LockOptions,
  watch: Watch,
): Promise<Refusal | "wait" | null> {
  const { clock, host: here } = options;
  if (lease.holder === "" || lease.holder === holderOf(options)) return null;
  const { host, pid, run, machine } = readHolder(lease.holder);
  const alive = machine === here.machine ? here.isProcessAlive(Number(pid)) : null;
  if (alive === false) return null;
  const age = (clock.now() - Date.parse(lease.renewedAt)) / 1000;
  const live = refused(EXIT.locked, "E-LOCKED", describeLive(lease, { host, pid, run }));
  if (alive === true && age >= 0 && age < FRESH_SECONDS) return live;
  const sight = `${lease.holder} ${lease.renewedAt} ${lease.resourceVersion}`;
  if (watch.seen !== "" && watch.seen !== sight) return live;
  const seconds = lease.durationSeconds > 0 ? lease.durationSeconds : LEASE_SECONDS;
  if (watch.seen === "") {
    watch.seen = sight;
    watch.since = clock.monotonic();
    options.notice({
      code: "N-LOCK",
      message: `run ${run} on host ${host} holds the lock; watching for up to ${seconds} s whether it is alive`,
    });
  }
  if (clock.monotonic() - watch.since >= seconds * 1000) return null;
  await clock.sleep(POLL_MILLISECONDS, options.stop);
  return "wait";
}

function describeLive(
  lease: LeaseView,
  { host, pid, run }: { readonly host: string; readonly pid: string; readonly run: string },
): string {
  const begun = readUnfinishedRuns(lease.annotations).find((one) => one.run === run);
  const since = begun ? ` since ${inSeconds(begun.startedAt)}` : "";
  const seen = inSeconds(lease.renewedAt);
  return `run ${run} is under way on host ${host} (pid ${pid})${since}, last seen alive ${seen}; wait for it, or stop it there: Ctrl-C, or kill -INT ${pid}`;
}

/** "2026-03-01T12:00:00Z" of a time with fractions. */
const inSeconds = (time: string): string => time.replace(/\.\d+Z$/, "Z");

function unfinishedOthers(lease: LeaseView | undefined, options: LockOptions): readonly UnfinishedRun[] {
  return readUnfinishedRuns(lease?.annotations ?? {}).filter(
    (other) => other.run !== options.self.run && !options.isOver(other.run),
  );
}

/** An abort from another machine cannot write to the journal here: that the lock names the run no more is its word. */
function refuseClosed(lease: LeaseView | undefined, options: LockOptions): Refusal | null {
  const { run } = options.self;
  if (options.wasNamed !== true || !isClosedElsewhere(lease?.annotations, run)) return null;
  return refused(
    EXIT.refused,
    "E-RUN-UNKNOWN",
    `the lock names run ${run} no more: it was closed by an abort from another machine, and its nodes were given back; close it here with: dextre abort ${run}; then make a new plan`,
  );
}

function refuseOverlap(others: readonly UnfinishedRun[], options: LockOptions): Refusal | null {
  if (options.purpose === "abort") return null;
  for (const other of others) {
    const isSamePlan = other.digest === options.self.digest;
    const shared = sharedObject(options.self.scope, other.scope);
    if (shared === null && !isSamePlan) continue;
    const what = isSamePlan ? "is this very plan's" : `works on ${shared} too`;
    return refused(
      EXIT.locked,
      isSamePlan ? "E-RUN-ELSEWHERE" : "E-RUN-OVERLAPS",
      `run ${other.run} (${other.name}) is unfinished and ${what}; it was begun on host ${other.host}, its files are in ${other.path}; there, resume its plan to finish it, or close it with: dextre abort ${other.run}`,
    );
  }
  return null;
}

/** A stop while the lease was being taken: whether it was, is looked at, and then it is given back. */
async function letGo(options: LockOptions): Promise<void> {
  const { clock, leases } = options;
  await within(clock, RELEASE_LIMIT_MILLISECONDS, undefined, async (limit) => {
    const lease = await leases.read(limit);
    if (lease?.holder === holderOf(options))
      await leases.write({ ...lease, replaces: lease, holder: "" }, limit);
  }).catch(() => undefined);
}

type Taken =
  | HeldLock
  | Refusal
  | { readonly kind: "conflict" }
  | { readonly kind: "unknown"; readonly message: string };

/** One write, guarded by the version that was judged. The run itself is named later: HeldLock.announce. */
async function take(lease: LeaseView | undefined, options: LockOptions): Promise<Taken> {
  const { clock, leases, stop } = options;
  const token = (lease?.transitions ?? 0) + 1;
  const named = readUnfinishedRuns(lease?.annotations ?? {}).filter((run) => !options.isOver(run.run));
  const sent = { uptime: clock.uptime(), wall: clock.now() };
  const answer = await leases.write(
    {
      holder: holderOf(options),
      durationSeconds: LEASE_SECONDS,
      renewedAt: new Date(sent.wall).toISOString(),
      transitions: token,
      annotations: writeUnfinishedRuns(lease?.annotations ?? {}, named),
      replaces: lease ?? null,
    },
    stop,
  );
  switch (answer.kind) {
    case "done":
      return holdLock(answer.lease, token, unfinishedOthers(lease, options), sent, options);
    case "conflict":
    case "unknown":
      return answer;
    case "no-namespace":
      return (await leases.createNamespace(stop)) === "forbidden"
        ? refused(EXIT.refused, "E-LOCK-MISSING", NO_NAMESPACE)
        : { kind: "unknown", message: "namespace dextre-system is not there yet" };
    case "forbidden":
      return refused(EXIT.refused, "E-FORBIDDEN", answer.message);
  }
}

const NO_NAMESPACE =
  "namespace dextre-system does not exist and may not be created with these credentials; create it with: kubectl create namespace dextre-system";

function refused(exit: number, code: Code, message: string): Refusal {
  return { kind: "refused", exit, code, message };
}
