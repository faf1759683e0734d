import { GatewayError } from "#gateway/ports.ts";
import type { WaitReason } from "#model/run.ts";
import { type StepContext, StopRequested } from "./step-context.ts";

/** What a look at the world says: it is so, or why not yet. */
export type Look<T> =
  | { readonly kind: "settled"; readonly value: T }
  | { readonly kind: "waiting"; readonly reason: WaitReason };

/** Things ripen without a change of any object (Ready for long enough): looked at this often at least. */
const RECHECK_MILLISECONDS = 1_000;

/** Made once: a wait ends thousands of times in a run, and an error's stack is what it costs. */
const STOP = new StopRequested("stop");
const TIME = new Error("time");

export function remaining(context: StepContext): number {
  return context.deadline - context.clock.monotonic();
}

/**
 * Looks again whenever the live snapshot changes, until settled or the step's deadline.
 * @returns null at the deadline. @throws StopRequested
 */
export async function waitFor<T>(
  context: StepContext,
  look: () => Look<T>,
  recheckMilliseconds: number = RECHECK_MILLISECONDS,
): Promise<T | null> {
  for (;;) {
    const version = context.live.version;
    const seen = look();
    if (seen.kind === "settled") return seen.value;
    context.wait(seen.reason);
    const left = remaining(context);
    if (left <= 0) return null;
    await changeOrTime(context, version, Math.min(left, recheckMilliseconds));
  }
}

/** Settles at the next change after `version`, or after so long. @throws StopRequested */
export async function changeOrTime(
  context: StepContext,
  version: number,
  milliseconds: number,
): Promise<void> {
  await untilTime(context, milliseconds, (signal) => context.live.changed(version, signal));
}

/** Settles as `work` does, whose signal aborts after so long. @returns false: it was too long. @throws StopRequested */
async function untilTime(
  { clock, stop }: StepContext,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  if (stop.aborted) throw STOP;
  const limit = new AbortController();
  const end = (): void => limit.abort(STOP);
  stop.addEventListener("abort", end, { once: true });
  const callOff = clock.after(milliseconds, () => limit.abort(TIME));
  try {
    await work(limit.signal);
    return true;
  } catch (error) {
    if (stop.aborted) throw STOP;
    if (error === TIME) return false;
    throw error;
  } finally {
    callOff();
    stop.removeEventListener("abort", end);
  }
}

/** Sleeps, at most until the deadline. @returns false when the deadline has come. @throws StopRequested */
export async function pause(context: StepContext, milliseconds: number): Promise<boolean> {
  const left = remaining(context);
  if (left <= 0) return false;
  try {
    await context.clock.sleep(Math.min(left, milliseconds), context.stop);
  } catch (error) {
    if (context.stop.aborted) throw STOP;
    throw error;
  }
  return true;
}

/** The live view follows within moments; where it does not for this long, the server is not reachable. */
const CATCH_UP_MILLISECONDS = 60_000;

/**
 * Settles when the live view shows at least this version, so that no decision rests on less than a
 * quorum read has shown. @throws GatewayError when it does not follow. @throws StopRequested
 */
export async function catchUp(context: StepContext, kind: "nodes" | "pods", version: string): Promise<void> {
  const followed = await untilTime(context, CATCH_UP_MILLISECONDS, (signal) =>
    context.live.caughtUp(kind, version, signal),
  );
  if (!followed) throw new GatewayError("unreachable", `watch ${kind}: the view does not follow the server`);
}
