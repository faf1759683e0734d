import type { Clock } from "#gateway/ports.ts";
import { FIXED_MILLISECONDS } from "./fixed.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Time that passes only when everybody waits for it. One clock, or several that disagree by their offset. */
export class VirtualTime {
  #elapsed = 0;
  #timers: Timer[] = [];

  /** wallOffset: milliseconds by which this host's idea of the date is off. */
  clock(wallOffset = 0): Clock {
    return {
      now: () => FIXED_MILLISECONDS + this.#elapsed + wallOffset,
      monotonic: () => this.#elapsed,
      uptime: () => this.#elapsed,
      sleep: (milliseconds, signal) => this.#sleep(milliseconds, signal),
      after: (milliseconds, act) => this.#after(milliseconds, act),
    };
  }

  get elapsedSeconds(): number {
    return this.#elapsed / 1000;
  }

  /** How many sleeps and timers are still awaited: what a leak leaves behind. */
  get sleepers(): number {
    return this.#timers.length;
  }

  /** Lets time pass until the promise settles. @throws Error where nothing is left that could settle it. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    promise.then(over, over);
    for (;;) {
      await macrotask();
      if (isOver) return promise;
      if (!this.#step(Number.POSITIVE_INFINITY)) throw new Error("nothing is left to happen");
    }
  }

  /** Lets so many seconds pass. */
  async pass(seconds: number): Promise<void> {
    const end = this.#elapsed + seconds * 1000;
    do {
      await macrotask();
    } while (this.#step(end));
    this.#elapsed = end;
    await macrotask();
  }

  #step(end: number): boolean {
    const next = this.#timers.reduce<Timer | undefined>(
      (first, timer) => (first && first.at <= timer.at ? first : timer),
      undefined,
    );
    if (!next || next.at > end) return false;
    this.#timers = this.#timers.filter((timer) => timer !== next);
    this.#elapsed = Math.max(this.#elapsed, next.at);
    next.fire();
    return true;
  }

  #sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        callOff();
        reject(signal?.reason);
      };
      const callOff = this.#after(milliseconds, () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }

  #after(milliseconds: number, fire: () => void): () => void {
    const timer: Timer = { at: this.#elapsed + Math.max(0, milliseconds), fire };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
