import type { HostTimers } from "#world/drivers/wall-driver.ts";

/** The clock and the timers of this process. */
export const hostTimers: HostTimers = {
  monotonic: () => performance.now(),
  setTimer(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** ms since epoch by this process's clock, whatever time the world has: clients judge a certificate by theirs. */
export const hostNow = (): number => Date.now();
