import {
  type Clock,
  type ClusterPort,
  GATEWAY_ERROR_CODES,
  GatewayError,
  JournalError,
  type LiveSnapshot,
  type ScalingPort,
} from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { PlanContent, Step } from "#model/plan.ts";
import type { RunEvent, WaitReason } from "#model/run.ts";
import { handle } from "./handlers/handlers.ts";
import { type HeldLock, LockLost } from "./held-lock.ts";
import { ReadyAges } from "./ready-ages.ts";
import { readySteps } from "./ready-steps.ts";
import type { Recorder } from "./recorder.ts";
import { isSettled, stepsOfLane } from "./run-state.ts";
import { isOverAsExcluded } from "./skip-lane.ts";
import { BrokenInvariant, type HandlerEnd, type StepContext, StopRequested } from "./step-context.ts";
import { finishTakeBacks, giveBackExcluded, takeBackCordon } from "./take-back-cordon.ts";

/** Between two calls of a handler that could not reach its server. */
const UNREACHABLE_PAUSE_MILLISECONDS = 5_000;
/** From a requested stop until calls in flight are given up. */
const HALT_AFTER_MILLISECONDS = 3_000;

export interface LoopOptions {
  readonly content: PlanContent;
  readonly run: string;
  readonly recorder: Recorder;
  readonly lock: HeldLock;
  readonly clock: Clock;
  readonly cluster: ClusterPort;
  readonly scaling: ScalingPort | null;
  readonly live: LiveSnapshot;
  readonly emit: (event: RunEvent) => void;
  readonly stop: AbortSignal;
}

export interface LoopEnd {
  readonly exit: number;
  readonly code: Code;
  readonly message: string;
}

/** What ends the whole run, whoever found it. The first one counts. */
class Verdict {
  #end: LoopEnd | null = null;
  readonly #stopping = new AbortController();
  get end(): LoopEnd | null {
    return this.#end;
  }
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }
  reach(end: LoopEnd): void {
    this.#end ??= end;
    this.#stopping.abort(new StopRequested(end.message));
  }
}

/** Runs steps as they become ready, until nothing is left, something fails, or a stop is asked for. */
export async function runLoop(options: LoopOptions): Promise<LoopEnd> {
  const verdict = new Verdict();
  const halt = new AbortController();
  const ages = new ReadyAges(options.clock, options.live.snapshot);
  const onStop = (): void => {
    verdict.reach({ exit: EXIT.stopped, code: "E-SIGNAL", message: "stopped at a safe point, as asked" });
  };
  const underWay = new Map<string, Promise<void>>();
  if (options.stop.aborted) onStop();
  options.stop.addEventListener("abort", onStop, { once: true });
  haltLater(verdict, halt, options);
  try {
    await finishTakeBacks(options).catch((error: unknown) => verdict.reach(endOf(error, "resume")));
    while (verdict.end === null) {
      const { steps } = readySteps(options.content, options.recorder.state, new Set(underWay.keys()));
      for (const step of steps)
        underWay.set(step.id, start(step, { ...options, ages, verdict, halt, underWay }));
      if (underWay.size === 0) break;
      await Promise.race(underWay.values());
    }
    await Promise.all(underWay.values());
  } finally {
    options.stop.removeEventListener("abort", onStop);
    halt.abort(new StopRequested("over"));
  }
  return verdict.end ?? conclude(options);
}

/** All that could run has run. */
function conclude(options: LoopOptions): LoopEnd {
  const { content, recorder } = options;
  const stopped = [...recorder.state.stoppedLanes];
  if (stopped.length === 0) {
    const left = content.lanes
      .flatMap((lane) => stepsOfLane(content, recorder.state, lane.id))
      .find((step) => !isSettled(recorder.state, step.id));
    if (!left) return { exit: EXIT.done, code: "N-FINISHED", message: "everything is done" };
    const message = `broken: nothing can run, but step ${left.id} is not settled`;
    return { exit: EXIT.unexpected, code: "E-UNEXPECTED", message };
  }
  const [lane, reason] = stopped[0] ?? ["", { message: "" }];
  const more = stopped.length > 1 ? ` (and ${stopped.length - 1} more)` : "";
  const message = `${lane.replace("/", " ")} stopped: ${reason.message}${more}`;
  return { exit: EXIT.failed, code: "E-NODES-STOPPED", message };
}

/** After a stop, calls in flight get a few seconds and are then given up. */
function haltLater(verdict: Verdict, halt: AbortController, options: LoopOptions): void {
  verdict.signal.addEventListener(
    "abort",
    () => {
      options.clock.sleep(HALT_AFTER_MILLISECONDS, halt.signal).then(
        () => halt.abort(new StopRequested("halt")),
        () => undefined,
      );
    },
    { once: true },
  );
}

interface Running extends LoopOptions {
  readonly ages: ReadyAges;
  readonly verdict: Verdict;
  readonly halt: AbortController;
  readonly underWay: Map<string, Promise<void>>;
}

async function start(step: Step, running: Running): Promise<void> {
  // The caller registers this promise before anything of it has run.
  await Promise.resolve();
  try {
    await settle(step, await handlePatiently(step, running), running);
    await tidyLane(step, running);
  } catch (error) {
    running.verdict.reach(endOfStep(error, step, running));
  } finally {
    running.underWay.delete(step.id);
  }
}

/** Handlers look before they act, so one that lost its server is simply called again, until its deadline. */
async function handlePatiently(step: Step, running: Running): Promise<HandlerEnd> {
  const { clock, verdict } = running;
  const at = new Date(clock.now()).toISOString();
  running.emit({ kind: "StepStarted", step: step.id, at, timeoutSeconds: step.timeoutSeconds });
  const context = contextOf(step, running);
  for (;;) {
    try {
      return await handle(step, context);
    } catch (error) {
      if (verdict.signal.aborted || !isPassing(error) || clock.monotonic() >= context.deadline) throw error;
      context.wait({ code: "N-UNREACHABLE", message: error.message });
      await clock.sleep(UNREACHABLE_PAUSE_MILLISECONDS, verdict.signal);
    }
  }
}

const PASSING: ReadonlySet<string> = new Set([
  "unreachable",
  "server-failed",
  "aws-unreachable",
  "aws-failed",
]);

function isPassing(error: unknown): error is GatewayError {
  return error instanceof GatewayError && PASSING.has(error.kind);
}

/** A view that does not follow, and a server that is silent, explain every wait better than what was last seen. */
function withTrouble(reason: WaitReason, { live, lock }: Pick<Running, "live" | "lock">): WaitReason {
  const trouble = live.trouble ?? lock.trouble();
  return trouble === null || reason.code === "N-UNREACHABLE"
    ? reason
    : { code: "N-UNREACHABLE", message: `${trouble}; last seen: ${reason.message}` };
}

function contextOf(step: Step, running: Running): StepContext {
  const { clock, recorder, halt, verdict, lock } = running;
  let lastReason = "";
  const wait = (seen: WaitReason): void => {
    const reason = withTrouble(seen, running);
    const text = `${reason.code} ${reason.message}`;
    if (text === lastReason) return;
    lastReason = text;
    running.emit({ kind: "StepWaiting", step: step.id, at: new Date(clock.now()).toISOString(), reason });
  };
  const deadline = clock.monotonic() + step.timeoutSeconds * 1000;
  const notWritable = (): void => {
    const message = "the lock could not be renewed for too long, nothing is sent until it is";
    if (clock.monotonic() >= deadline) throw new GatewayError("unreachable", message);
    wait({ code: "N-UNREACHABLE", message });
  };
  return {
    content: running.content,
    run: running.run,
    clock,
    cluster: running.cluster,
    scaling: running.scaling,
    live: running.live,
    ages: running.ages,
    state: () => recorder.state,
    commit: (records) => recorder.commit(records),
    writable: async () => {
      if (verdict.signal.aborted) throw new StopRequested("no new write after a stop");
      return lock.writable(verdict.signal, notWritable);
    },
    wait,
    deadline,
    stop: verdict.signal,
    halt: halt.signal,
  };
}

async function settle(step: Step, end: HandlerEnd, running: Running): Promise<void> {
  const { recorder, verdict } = running;
  switch (end.kind) {
    case "again":
      return;
    case "settled": {
      const { outcome, code, message } = end;
      const facts = end.facts ?? {};
      await recorder.commit([{ kind: "StepResult", step: step.id, outcome, code, message, facts }]);
      return;
    }
    case "lane-stopped":
      await recorder.commit([{ kind: "LaneStopped", lane: step.lane, code: end.code, message: end.message }]);
      return;
    case "failed": {
      const { code, message } = end;
      await recorder.commit([
        { kind: "StepResult", step: step.id, outcome: "failed", code, message, facts: {} },
      ]);
      verdict.reach({ exit: end.exit, code, message: namingTarget(step, message) });
    }
  }
}

/** A message that does not say what it is about gets the step in front. */
function namingTarget({ id, target }: Step, message: string): string {
  const names = target.kind === "Instance" ? [target.id, target.node] : [target.name];
  return names.some((name) => message.includes(name)) ? message : `${id}: ${message}`;
}

/** A server that cannot be asked leaves an effect that was intended neither done nor not done. */
function endOfStep(error: unknown, step: Step, { recorder: { state } }: Running): LoopEnd {
  const end = endOf(error, step.id);
  const isInDoubt = state.intents.has(step.id) && !state.results.has(step.id);
  if (!isPassing(error) || !isInDoubt) return end;
  const message = `${step.id}: whether it took effect could not be found out: ${error.message}`;
  return { exit: EXIT.unknown, code: "E-OUTCOME-UNKNOWN", message };
}

/** The last step that ends on a node that stopped leaves it as it was, if nothing was evicted from it. */
async function tidyLane(step: Step, running: Running): Promise<void> {
  const { clock, content, recorder, underWay, verdict } = running;
  const { state } = recorder;
  const isExcluded = isOverAsExcluded(content, state, step.lane);
  if (!isExcluded && !state.stoppedLanes.has(step.lane)) return;
  const others = stepsOfLane(content, state, step.lane).filter((other) => other.id !== step.id);
  if (others.some((other) => underWay.has(other.id))) return;
  const deadline = clock.monotonic() + content.spec.timeouts.nodeSeconds * 1000;
  for (;;) {
    try {
      const takeBack = isExcluded ? giveBackExcluded : takeBackCordon;
      return await takeBack(step.lane, { ...running, stop: verdict.signal });
    } catch (error) {
      if (verdict.signal.aborted || !isPassing(error) || clock.monotonic() >= deadline) throw error;
      await clock.sleep(UNREACHABLE_PAUSE_MILLISECONDS, verdict.signal);
    }
  }
}

/** What an exception means for the run. */
function endOf(error: unknown, where: string): LoopEnd {
  if (error instanceof JournalError)
    return { exit: EXIT.failed, code: "E-JOURNAL-WRITE", message: error.message };
  if (error instanceof LockLost) return { exit: EXIT.failed, code: "E-LOCK-LOST", message: error.message };
  if (error instanceof StopRequested) return { exit: EXIT.stopped, code: "E-SIGNAL", message: error.message };
  if (error instanceof GatewayError) {
    return {
      exit: EXIT.failed,
      code: GATEWAY_ERROR_CODES[error.kind],
      message: `${where}: ${error.message}`,
    };
  }
  if (error instanceof BrokenInvariant) {
    return { exit: EXIT.unexpected, code: "E-UNEXPECTED", message: `${where}: broken: ${error.message}` };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { exit: EXIT.unexpected, code: "E-UNEXPECTED", message: `${where}: ${text}` };
}
