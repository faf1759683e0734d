import type { Clock } from "./ports.ts";

/** Our own patience ended before an answer came. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  constructor(milliseconds: number) {
    super(`no answer within ${milliseconds / 1000} s`);
  }
}

const ignore = (): void => {};

/** Settles with the promise, or rejects with signal.reason as soon as that aborts, whatever the promise does. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    const settle = (): void => signal.removeEventListener("abort", onAbort);
    promise.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** A controller that aborts with the parent too. Call `unlink` when it is no longer needed. */
export function linkedController(parent: AbortSignal | undefined): {
  readonly controller: AbortController;
  readonly unlink: () => void;
} {
  const controller = new AbortController();
  if (!parent) return { controller, unlink: ignore };
  const onAbort = (): void => controller.abort(parent.reason);
  if (parent.aborted) onAbort();
  else parent.addEventListener("abort", onAbort, { once: true });
  return { controller, unlink: () => parent.removeEventListener("abort", onAbort) };
}

/**
 * Runs `work` for at most that long. At the deadline its signal aborts and this rejects with
 * DeadlineError, even if `work` never settles.
 */
export async function withDeadline<T>(
  clock: Clock,
  milliseconds: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { controller, unlink } = linkedController(parent);
  const callOff = clock.after(milliseconds, () => controller.abort(new DeadlineError(milliseconds)));
  try {
    controller.signal.throwIfAborted();
    return await untilAborted(work(controller.signal), controller.signal);
  } finally {
    callOff();
    unlink();
  }
}
