import type { AwsWire, KubernetesWire } from "#gateway/wire.ts";
import type { HostTimers } from "#world/drivers/wall-driver.ts";
import type { SubjectClock } from "./subject.ts";

/** A request that takes longer waits for the cluster's time to pass, real ms. */
const longRequestMs = 1000;

/** So often somebody looks at the time, real ms. */
const lookEveryMs = 100;

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/**
 * Time as it is while anybody works, and a leap to the next thing to happen whenever all wait: a suite that
 * mostly sleeps takes no longer than its requests, however slow the machine is. While the machine does nothing, or
 * something else, no time passes.
 */
export class HurriedTime {
  private leapt = 0;
  private worked = 0;
  private lookedAt = performance.now();
  private readonly timers = new Set<Timer>();
  private readonly requests = new Set<{ readonly since: number }>();
  private sleepers = 0;
  private armed: NodeJS.Timeout | undefined;
  private readonly watchdog: NodeJS.Timeout;
  private isLooking = false;

  constructor() {
    this.watchdog = setInterval(() => this.lookSoon(), lookEveryMs);
  }

  readonly monotonic = (): number => this.working() + this.leapt;

  /** For the driver of a world. */
  readonly hostTimers: HostTimers = {
    monotonic: this.monotonic,
    setTimer: (milliseconds, run) => this.setTimer(milliseconds, run),
  };

  /** For the cases. */
  readonly clock: SubjectClock = {
    monotonic: this.monotonic,
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        this.sleepers += 1;
        this.setTimer(milliseconds, () => {
          this.sleepers -= 1;
          resolve();
        });
        this.lookSoon();
      }),
  };

  /** The same wire; while one of its requests is under way nobody leaps. */
  watchKubernetes(wire: KubernetesWire): KubernetesWire {
    return {
      request: (request, signal) => this.during(wire.request(request, signal)),
      stream: (request, signal) => this.during(wire.stream(request, signal)),
    };
  }

  watchAws(wire: AwsWire): AwsWire {
    return { call: (action, input, signal) => this.during(wire.call(action, input, signal)) };
  }

  close(): void {
    clearInterval(this.watchdog);
    clearTimeout(this.armed);
    this.timers.clear();
  }

  /** Real ms, of which a pause of the machine is none. */
  private working(): number {
    const now = performance.now();
    this.worked += Math.min(now - this.lookedAt, lookEveryMs);
    this.lookedAt = now;
    return this.worked;
  }

  private async during<T>(work: Promise<T>): Promise<T> {
    const request = { since: this.working() };
    this.requests.add(request);
    try {
      return await work;
    } finally {
      this.requests.delete(request);
    }
  }

  private setTimer(milliseconds: number, run: () => void): () => void {
    const timer = { due: this.monotonic() + milliseconds, run };
    this.timers.add(timer);
    this.arm();
    return () => this.timers.delete(timer);
  }

  /** One real timer for the next of ours. */
  private arm(): void {
    clearTimeout(this.armed);
    const next = this.nextDue();
    if (next !== undefined)
      this.armed = setTimeout(() => this.runDue(), Math.max(0, next - this.monotonic()));
  }

  private nextDue(): number | undefined {
    let next: number | undefined;
    for (const { due } of this.timers) if (next === undefined || due < next) next = due;
    return next;
  }

  private runDue(): void {
    const now = this.monotonic();
    const due = [...this.timers].filter((timer) => timer.due <= now);
    for (const timer of due.toSorted((left, right) => left.due - right.due)) {
      if (this.timers.delete(timer)) timer.run();
    }
    this.arm();
    this.lookSoon();
  }

  /** Once all that is ready to run has run. */
  private lookSoon(): void {
    if (this.isLooking) return;
    this.isLooking = true;
    setImmediate(() => {
      this.isLooking = false;
      this.leap();
    });
  }

  private leap(): void {
    const now = this.working();
    const isBusy = [...this.requests].some(({ since }) => now - since < longRequestMs);
    if (isBusy || this.sleepers + this.requests.size === 0) return;
    const next = this.nextDue();
    if (next === undefined) return;
    this.leapt += Math.max(0, next - this.monotonic());
    this.runDue();
  }
}
