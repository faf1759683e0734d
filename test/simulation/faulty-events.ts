import { WireError } from "#gateway/wire.ts";
import type { RatedKind } from "./fault-kinds.ts";
import type { Line } from "./line.ts";

const EVENT: readonly RatedKind[] = ["watchDrop", "watchStall", "watchDuplicate", "gone410Event"];

const EXPIRED = {
  type: "ERROR",
  object: {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: "Expired",
    message: "too old resource version",
    code: 410,
  },
};

/** The events of a watch that breaks, falls silent, repeats itself or has expired. */
export class FaultyEvents implements AsyncIterable<unknown>, AsyncIterator<unknown> {
  readonly #inner: AsyncIterator<unknown>;
  readonly #line: Line;
  readonly #path: string;
  #again: IteratorResult<unknown> | null = null;
  #isSilent = false;
  #isOver = false;

  constructor(inner: AsyncIterable<unknown>, line: Line, path: string) {
    this.#inner = inner[Symbol.asyncIterator]();
    this.#line = line;
    this.#path = path;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#isSilent) return new Promise(() => undefined);
    if (this.#isOver) return { done: true, value: undefined };
    const again = this.#again;
    this.#again = null;
    if (again) return again;
    const result = await this.#inner.next();
    await this.#heldBack();
    if (result.done === true) return result;
    const { weather } = this.#line;
    const kind = weather.draw(EVENT);
    if (kind === undefined) return result;
    weather.count(kind, `watch ${this.#path}`);
    switch (kind) {
      case "watchDrop":
        this.#isOver = true;
        // As a server that is shut down ends it, or as a connection breaks.
        if (weather.random.between(0, 1) === 0) return { done: true, value: undefined };
        throw new WireError("reset", "the watch broke", true);
      case "watchStall":
        this.#isSilent = true;
        return new Promise(() => undefined);
      case "watchDuplicate":
        this.#again = result;
        return result;
      default:
        this.#isOver = true;
        return { done: false, value: EXPIRED };
    }
  }

  async #heldBack(): Promise<void> {
    for (;;) {
      const held = this.#line.gate().held ?? this.#line.network.heldStream("kubernetes");
      if (!held) return;
      await held;
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    this.#isOver = true;
    await this.#inner.return?.();
    return { done: true, value: undefined };
  }
}
