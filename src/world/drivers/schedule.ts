import type { WireFailure } from "#gateway/wire.ts";
import type { Random } from "../random.ts";
import type { World } from "../world.ts";

/** A thing that will happen and can be called off. */
export interface Pending {
  cancelled: boolean;
}

/** What wires and clocks need of a driver: a clock, and later. */
export interface Schedule {
  readonly world: World;
  /** For latencies only; the world has its own. */
  readonly random: Random;
  /** One way of one request takes this long, ms. */
  readonly latencyMs: readonly [number, number];
  /** A watch's events come this much later, ms; long ones play a watch cache that lags. */
  readonly watchLatencyMs: readonly [number, number];
  now(): number;
  at(time: number, run: () => void): Pending;
  /** As `at`, for moments that settle promises of the program under test. */
  deliver(time: number, run: () => void): Pending;
}

/** Somebody who talks to the world. Once crashed, nothing of it happens any more. */
export interface ClientState {
  readonly name: string;
  isCrashed: boolean;
  /** A request in flight at the crash: forgotten, or still applied when it arrives. */
  inFlight: "drop" | "apply";
  readonly watches: Set<OpenWatch>;
}

/** A watch that is open on the server. */
export interface OpenWatch {
  /** The server forgets it; the reader hears nothing. */
  close(): void;
  /** The reader gets a WireError. */
  fail(failure: WireFailure): void;
}

export function latency({ random, latencyMs }: Schedule): number {
  return random.between(latencyMs[0], latencyMs[1]);
}

export function watchLatency({ random, watchLatencyMs }: Schedule): number {
  return random.between(watchLatencyMs[0], watchLatencyMs[1]);
}
