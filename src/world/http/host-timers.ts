import type { HostTimers } from "#world/drivers/wall-driver.ts";

/** The clock and the timers of this process. */
export const hostTimers: HostTimers = {
  monotonic: () => performance.now(),
  setTimer(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
