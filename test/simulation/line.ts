import { type KubernetesResponse, WireError } from "#gateway/wire.ts";
import type { WorldClock } from "#world/drivers/client.ts";
import type { Random } from "#world/random.ts";
import type { WorldRequest } from "#world/world.ts";
import type { Gate } from "./faulty-clock.ts";
import type { Weather } from "./weather.ts";

export type Endpoint = "kubernetes" | "aws";

/** What is wrong with the network as a whole, for everybody on it. */
export class Network {
  readonly #cut = new Map<Endpoint, "refuse" | "hang">();
  readonly #frozen = new Map<Endpoint, (() => void)[]>();
  readonly #waiting = new Map<Endpoint, (() => void)[]>();

  /** refuse: nobody answers at that address. hang: packets are lost, and what was open stands still. */
  cut(endpoint: Endpoint, how: "refuse" | "hang"): void {
    this.#cut.set(endpoint, how);
  }

  mend(endpoint: Endpoint): void {
    this.#cut.delete(endpoint);
    for (const resume of this.#waiting.get(endpoint) ?? []) resume();
    this.#waiting.delete(endpoint);
  }

  isCut(endpoint: Endpoint): "refuse" | "hang" | undefined {
    return this.#cut.get(endpoint);
  }

  freeze(endpoint: Endpoint): void {
    if (!this.#frozen.has(endpoint)) this.#frozen.set(endpoint, []);
  }

  /** What was frozen comes in any order. */
  thaw(endpoint: Endpoint, random: Random): void {
    const waiting = this.#frozen.get(endpoint) ?? [];
    this.#frozen.delete(endpoint);
    while (waiting.length > 0) waiting.splice(random.between(0, waiting.length - 1), 1)[0]?.();
  }

  /** Not null: wait for it, then ask again. */
  heldAnswer(endpoint: Endpoint): Promise<void> | null {
    const frozen = this.#frozen.get(endpoint);
    return frozen ? new Promise((resolve) => frozen.push(resolve)) : null;
  }

  /** The same for what comes by a stream. */
  heldStream(endpoint: Endpoint): Promise<void> | null {
    if (this.#cut.get(endpoint) === undefined) return this.heldAnswer(endpoint);
    return new Promise((resolve) => {
      this.#waiting.set(endpoint, [...(this.#waiting.get(endpoint) ?? []), resolve]);
    });
  }
}

/** One process's line to the servers: what is wrong with it, and who looks on. */
export interface Line {
  readonly weather: Weather;
  readonly network: Network;
  gate(): Gate;
  /** The true one: the network knows nothing of the machine's. */
  clock(): WorldClock;
  /** So many objects a server gives at once, whatever it is asked for; null: as many as that. */
  readonly pageSize: number | null;
  /** Requests that the network delivered a second time. */
  readonly duplicates: WeakSet<object>;
  /** Lists that this process was given, as an older server still has them, by path. */
  readonly oldLists: Map<string, KubernetesResponse>;
  /** What AWS answered lately, to anybody. */
  readonly oldAnswers: Map<string, unknown>;
  /** Before a request leaves. */
  onSend(request: WorldRequest): void;
  /** When its answer has come. */
  onAnswer(request: WorldRequest): void;
}

/** Never settles but by the caller's own patience. */
export function silence(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(new WireError("aborted", "nobody answered", true));
    if (!signal || signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/** Not null: nothing gets through, and so it ends. */
export function cutOff(
  line: Line,
  endpoint: Endpoint,
  signal: AbortSignal | undefined,
  refusal: () => Error,
): Promise<never> | null {
  const how = line.network.isCut(endpoint);
  if (how === undefined) return null;
  return how === "hang" ? silence(signal) : refused(line, refusal);
}

async function refused(line: Line, refusal: () => Error): Promise<never> {
  await line.clock().sleep(1);
  throw refusal();
}

/** A connection that breaks, or one on which nothing comes any more. */
export async function noAnswer(line: Line, signal: AbortSignal | undefined): Promise<never> {
  if (line.weather.random.between(0, 2) === 0) return silence(signal);
  await line.clock().sleep(line.weather.random.between(1, 200));
  throw new WireError("reset", "the connection was reset", true);
}

export async function heldBack(line: Line, endpoint: Endpoint): Promise<void> {
  for (;;) {
    const held = line.gate().held ?? line.network.heldAnswer(endpoint);
    if (!held) return;
    await held;
  }
}
