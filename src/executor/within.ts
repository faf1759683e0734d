import type { Clock } from "#gateway/ports.ts";

/**
 * Gives work that honours its signal at most so long; the signal aborts at the deadline, or with the
 * parent. Rejects as the work does.
 */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  parent: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const onAbort = (): void => limit.abort(parent?.reason);
  if (parent?.aborted) onAbort();
  parent?.addEventListener("abort", onAbort, { once: true });
  const callOff = clock.after(milliseconds, () =>
    limit.abort(new Error(`not done within ${milliseconds / 1000} s`)),
  );
  try {
    return await work(limit.signal);
  } finally {
    callOff();
    parent?.removeEventListener("abort", onAbort);
  }
}
