import { EXIT } from "#model/exit-codes.ts";

export interface StopSignals {
  /** Aborted by the first SIGINT, SIGTERM or SIGHUP, or when the parent process is gone. */
  readonly stop: AbortSignal;
  /** Asks for a stop as a first signal does, for another reason. */
  ask(why: string): void;
  /** "SIGTERM", "the parent process is gone", …; "" while nothing came. */
  reason(): string;
  close(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const PARENT_CHECK_MILLISECONDS = 1000;

/**
 * The first signal asks for a stop at a safe point, the second ends the process on the spot (130 or
 * 143), but for SIGHUP: a terminal that closes sends it more than once. A parent that dies counts as a first signal: CI runners kill the shell and not its child.
 * A process that was begun by init has no parent to lose.
 */
export function watchStopSignals(
  say: (words: string) => void,
  leave: (exit: number) => void = leaveAtOnce,
): StopSignals {
  const controller = new AbortController();
  let reason = "";
  let isSignalled = false;
  const ask = (why: string): void => {
    if (controller.signal.aborted) return;
    reason = why;
    say(`${why}: stopping at a safe point, within 5 s; once more to force it`);
    controller.abort(new Error(why));
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    const isFirst = !isSignalled;
    isSignalled = true;
    ask(signal);
    if (isFirst || signal === "SIGHUP") return;
    leave(signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (parent === 1 || process.ppid === parent) return;
    isSignalled = true;
    ask("the parent process is gone");
  }, PARENT_CHECK_MILLISECONDS);
  timer.unref();
  return {
    stop: controller.signal,
    ask,
    reason: () => reason,
    close() {
      clearInterval(timer);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    },
  };
}

/** What is recorded is durable already, and a resume settles the rest. */
function leaveAtOnce(exit: number): void {
  // biome-ignore lint/nursery/noProcessExit: a second signal must not wait for anything
  process.exit(exit);
}
