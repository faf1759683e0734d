/** How long a caller of a server waits before it asks again. */
export interface Backoff {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
}

export const READ_BACKOFF: Backoff = { firstMilliseconds: 500, longestMilliseconds: 10_000 };
export const WATCH_BACKOFF: Backoff = { firstMilliseconds: 1000, longestMilliseconds: 30_000 };

/**
 * Doubles with each attempt (from 0) up to the longest; half of it is jitter, half is the floor, so
 * that it is never 0. `random` gives [0, 1).
 */
export function backoffMilliseconds(backoff: Backoff, attempt: number, random: () => number): number {
  const full = Math.min(backoff.longestMilliseconds, backoff.firstMilliseconds * 2 ** Math.min(attempt, 20));
  return Math.ceil(full / 2 + (full / 2) * random());
}
