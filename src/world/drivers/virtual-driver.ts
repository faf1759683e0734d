import { Heap } from "../heap.ts";
import { Random } from "../random.ts";
import type { World } from "../world.ts";
import { newClient, type WorldClient } from "./client.ts";
import type { FaultRule } from "./fault.ts";
import type { Pending, Schedule } from "./schedule.ts";

export interface VirtualDriverOptions {
  readonly world: World;
  /** Of latencies; default 1. */
  readonly seed?: number;
  /** Settles after all microtasks have run: in Node `() => new Promise(setImmediate)`. */
  readonly macrotask: () => Promise<void>;
  /** One way of a request, ms; default [1, 5]. */
  readonly latencyMs?: readonly [number, number];
  /** An event of a watch, ms; default as latencyMs. Long ones play a watch cache that lags. */
  readonly watchLatencyMs?: readonly [number, number];
  readonly faults?: FaultRule;
}

/** Nothing can ever happen again and the program has not ended, or it took longer than allowed. */
export class VirtualTimeError extends Error {
  override readonly name = "VirtualTimeError";
}

/**
 * Virtual time: a run takes as long as its events take to compute. Timers, requests and the world's own
 * doings happen one at a time, in the order of their times; the same seeds give the same run.
 */
export class VirtualDriver {
  readonly world: World;
  private readonly heap = new Heap();
  private readonly schedule: Schedule;
  private readonly macrotask: () => Promise<void>;
  private readonly faults: FaultRule;
  private time: number;
  private hasDelivered = false;

  constructor(options: VirtualDriverOptions) {
    this.world = options.world;
    this.time = options.world.now;
    this.macrotask = options.macrotask;
    this.faults = options.faults ?? (() => undefined);
    this.schedule = {
      world: options.world,
      random: new Random((options.seed ?? 1) ^ 0x5bd1e995),
      latencyMs: options.latencyMs ?? [1, 5],
      watchLatencyMs: options.watchLatencyMs ?? options.latencyMs ?? [1, 5],
      now: () => this.time,
      at: (time, run) => this.heap.add(time, run),
      deliver: (time, run) =>
        this.heap.add(time, () => {
          this.hasDelivered = true;
          run();
        }),
    };
  }

  now(): number {
    return this.time;
  }

  /** Another program on the same world. Its monotonic clock begins now. */
  client(name: string): WorldClient {
    return newClient(name, this.schedule, this.faults);
  }

  /** Runs something at a time (ms since epoch), as a person or a fault would: a crash, a cordon. */
  at(time: number, run: () => void): Pending {
    return this.schedule.deliver(time, run);
  }

  /**
   * Runs until main settles. @throws VirtualTimeError when nothing is left to happen, or at `limitMs`
   * after the start (default one day).
   */
  async run<T>(
    main: () => Promise<T>,
    { limitMs = 86_400_000 }: { readonly limitMs?: number } = {},
  ): Promise<T> {
    const limit = this.time + limitMs;
    let isSettled = false;
    const result = main().finally(() => {
      isSettled = true;
    });
    result.catch(() => undefined);
    await this.macrotask();
    while (!isSettled) {
      this.step(limit);
      if (!this.hasDelivered) continue;
      this.hasDelivered = false;
      await this.macrotask();
    }
    return await result;
  }

  /** Lets this much time pass, ms; for tests that only watch the world. */
  async pass(milliseconds: number): Promise<void> {
    const { clock } = this.client("time");
    await this.run(() => clock.sleep(milliseconds));
  }

  /** One event: the world's, where both are due at the same time. */
  private step(limit: number): void {
    const next = this.heap.peek();
    const worldTime = this.world.nextAt();
    if (next === undefined && worldTime === undefined) {
      throw new VirtualTimeError(
        `nothing is left to happen at ${new Date(this.time).toISOString()}, and the program has not ended: it waits for something that never comes`,
      );
    }
    const time = Math.min(next?.time ?? Number.POSITIVE_INFINITY, worldTime ?? Number.POSITIVE_INFINITY);
    if (time > limit) {
      throw new VirtualTimeError(
        `the program had not ended at the time limit, ${new Date(limit).toISOString()} in virtual time`,
      );
    }
    if (time > this.time) this.time = time;
    if (worldTime !== undefined && worldTime === time) {
      this.world.advance(time);
      return;
    }
    this.heap.pop();
    next?.run();
  }
}
