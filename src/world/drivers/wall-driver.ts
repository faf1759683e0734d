import { Random } from "../random.ts";
import type { World } from "../world.ts";
import { newClient, type WorldClient } from "./client.ts";
import type { FaultRule } from "./fault.ts";
import type { Pending, Schedule } from "./schedule.ts";

/** The host's clock and timers; the world itself knows neither. */
export interface HostTimers {
  /** ms; only differences matter. */
  monotonic(): number;
  /** Calls run after that many ms, and gives what calls it off. */
  setTimer(milliseconds: number, run: () => void): () => void;
}

export interface WallDriverOptions {
  readonly world: World;
  readonly timers: HostTimers;
  /** World milliseconds per real millisecond; default 1. */
  readonly speed?: number;
  readonly seed?: number;
  /** One way of a request in world ms; default [1, 5]. */
  readonly latencyMs?: readonly [number, number];
  /** An event of a watch, ms; default as latencyMs. Long ones play a watch cache that lags. */
  readonly watchLatencyMs?: readonly [number, number];
  readonly faults?: FaultRule;
}

/** Real time, or N times real time: for the demo, and for people who watch. */
export class WallDriver {
  readonly world: World;
  private readonly schedule: Schedule;
  private readonly timers: HostTimers;
  private readonly speed: number;
  private readonly faults: FaultRule;
  private readonly startedAt: number;
  private readonly start: number;
  private readonly running = new Set<() => void>();
  private cancelWorldTimer: () => void = () => undefined;
  private isClosed = false;

  constructor(options: WallDriverOptions) {
    this.world = options.world;
    this.timers = options.timers;
    this.speed = options.speed ?? 1;
    this.faults = options.faults ?? (() => undefined);
    this.startedAt = options.timers.monotonic();
    this.start = options.world.now;
    const at = (time: number, run: () => void): Pending => this.at(time, run);
    this.schedule = {
      world: options.world,
      random: new Random((options.seed ?? 1) ^ 0x5bd1e995),
      latencyMs: options.latencyMs ?? [1, 5],
      watchLatencyMs: options.watchLatencyMs ?? options.latencyMs ?? [1, 5],
      now: () => this.now(),
      at,
      deliver: at,
    };
    this.armWorld();
  }

  /** The world's time, ms since epoch. */
  now(): number {
    return this.start + Math.floor((this.timers.monotonic() - this.startedAt) * this.speed);
  }

  client(name: string): WorldClient {
    return newClient(name, this.schedule, this.faults);
  }

  /** Runs something at a time of the world. */
  at(time: number, run: () => void): Pending {
    const pending = { cancelled: false };
    if (this.isClosed) return pending;
    const cancel = this.timers.setTimer(Math.max(0, (time - this.now()) / this.speed), () => {
      this.running.delete(cancel);
      if (pending.cancelled || this.isClosed) return;
      this.world.advance(this.now());
      run();
      this.armWorld();
    });
    this.running.add(cancel);
    return pending;
  }

  /** Brings the world to now and runs something on it at once: a request that has come over a real network. */
  apply<T>(run: (now: number) => T): T {
    const now = this.now();
    this.world.advance(now);
    const result = run(now);
    this.armWorld();
    return result;
  }

  /** Stops time: no timer of the driver is left. */
  close(): void {
    this.isClosed = true;
    this.cancelWorldTimer();
    for (const cancel of this.running) cancel();
    this.running.clear();
  }

  /** Wakes when the world next does something by itself. */
  private armWorld(): void {
    this.cancelWorldTimer();
    const next = this.world.nextAt();
    if (next === undefined || this.isClosed) return;
    this.cancelWorldTimer = this.timers.setTimer(Math.max(0, (next - this.now()) / this.speed), () => {
      this.world.advance(this.now());
      this.armWorld();
    });
  }
}
