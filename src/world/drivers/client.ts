import type { AwsWire, KubernetesWire } from "#gateway/wire.ts";
import { WorldAwsWire } from "./aws-wire.ts";
import type { FaultRule } from "./fault.ts";
import { WorldKubernetesWire } from "./kubernetes-wire.ts";
import type { ClientState, Schedule } from "./schedule.ts";

/** The shape of the Clock port: the world must not know dextre's own. */
export interface WorldClock {
  /** ms since epoch. */
  now(): number;
  /** ms since the driver began; never goes back. */
  monotonic(): number;
  /** The same, also while the program's machine is suspended. */
  uptime(): number;
  /** Rejects with signal.reason on abort. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `act` after so long, unless what it returns is called first. */
  after(milliseconds: number, act: () => void): () => void;
}

/** One program that uses the world: its wires, its clock, and its end. */
export interface WorldClient {
  readonly name: string;
  readonly kubernetes: KubernetesWire;
  readonly aws: AwsWire;
  readonly clock: WorldClock;
  readonly isCrashed: boolean;
  /**
   * Ends the program as kill -9 does: none of its promises settles any more, its watches close. What
   * the servers had applied stays; a request still under way is forgotten ("drop", the default) or
   * applied when it arrives ("apply").
   */
  crash(inFlight?: "drop" | "apply"): void;
  /** Breaks every open watch, as a lost connection does. */
  breakWatches(): void;
}

export function newClient(name: string, schedule: Schedule, faultOf: FaultRule): WorldClient {
  const client: ClientState = { name, isCrashed: false, inFlight: "drop", watches: new Set() };
  const options = { schedule, client, faultOf };
  const start = schedule.now();
  return {
    name,
    kubernetes: new WorldKubernetesWire(options),
    aws: new WorldAwsWire(options),
    clock: {
      now: () => schedule.now(),
      monotonic: () => schedule.now() - start,
      uptime: () => schedule.now() - start,
      sleep: (milliseconds, signal) => sleep(schedule, client, milliseconds, signal),
      after: (milliseconds, act) => after(schedule, client, milliseconds, act),
    },
    get isCrashed() {
      return client.isCrashed;
    },
    crash: (inFlight = "drop") => {
      client.inFlight = inFlight;
      client.isCrashed = true;
      for (const watch of [...client.watches]) watch.close();
      client.watches.clear();
    },
    breakWatches: () => {
      for (const watch of [...client.watches]) watch.fail("reset");
    },
  };
}

function after(schedule: Schedule, client: ClientState, milliseconds: number, act: () => void): () => void {
  const pending = schedule.deliver(schedule.now() + Math.max(0, milliseconds), () => {
    if (!client.isCrashed) act();
  });
  return () => {
    pending.cancelled = true;
  };
}

function sleep(
  schedule: Schedule,
  client: ClientState,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (client.isCrashed) return new Promise(() => undefined);
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      callOff();
      if (!client.isCrashed) reject(signal?.reason);
    };
    const callOff = after(schedule, client, milliseconds, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
