import { uptime } from "node:os";
import type { Clock } from "../ports.ts";

/** The longest delay that a timer of Node takes; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic() {
    // `performance` would load eight modules of Node's for this one number.
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
  uptime: () => uptime() * 1000,
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const stop = (): void => {
        callOff();
        reject(signal?.reason);
      };
      const callOff = systemClock.after(milliseconds, () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
      signal?.addEventListener("abort", stop, { once: true });
    });
  },
  after(milliseconds, act) {
    let timer: NodeJS.Timeout;
    const wait = (rest: number): void => {
      if (rest > MAX_DELAY) timer = setTimeout(() => wait(rest - MAX_DELAY), MAX_DELAY);
      else timer = setTimeout(act, Math.max(0, rest));
    };
    wait(milliseconds);
    return () => clearTimeout(timer);
  },
};
