import { type KubernetesStream, WireError } from "#gateway/wire.ts";
import { linkedController, untilAborted } from "../deadline.ts";
import { describeAnswer, retryAfterSeconds } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { ForeignShapeError, field } from "./foreign.ts";
import type { KindView, WatchEventType } from "./kind-view.ts";

/** The server ends a watch after this long, and up to as much again, so that they do not end together. */
const WATCH_SECONDS = 300;
/** Bookmarks come about every minute; a stream that is silent for longer is dead. */
export const SILENCE_SECONDS = 90;

/** How one watch ended. */
export type WatchEnd =
  /** As the server ends every watch sooner or later. */
  | { readonly kind: "ended" }
  /** The version is too old: only a new list helps. */
  | { readonly kind: "expired" }
  | {
      readonly kind: "broken";
      readonly message: string;
      readonly waitSeconds: number;
      /** It was open and fell silent: nobody knows how much was not told. */
      readonly fellSilent?: boolean;
    };

export interface WatchListener {
  /** The stream is open. */
  opened(): void;
  /** The view has moved; `changed` tells whether any object did. */
  moved(changed: boolean): void;
}

class SilenceError extends Error {
  readonly wasOpen: boolean;

  constructor(seconds: number, wasOpen: boolean) {
    super(`silent for ${seconds} s`);
    this.wasOpen = wasOpen;
  }
}

/** Aborts the stream when nothing was heard for too long; one pending sleep however much is heard. */
class Watchdog {
  readonly #caller: Caller;
  readonly #controller: AbortController;
  #heardAt: number;
  #allowedSeconds: number;

  constructor(caller: Caller, controller: AbortController) {
    this.#caller = caller;
    this.#controller = controller;
    this.#heardAt = caller.clock.monotonic();
    this.#allowedSeconds = caller.patience.requestSeconds;
    // Ends by the abort of its own controller; there is nothing to report then.
    this.#run().catch(() => {});
  }
  heard(): void {
    this.#heardAt = this.#caller.clock.monotonic();
    this.#allowedSeconds = SILENCE_SECONDS;
  }
  async #run(): Promise<void> {
    const { clock } = this.#caller;
    for (;;) {
      const left = this.#heardAt + this.#allowedSeconds * 1000 - clock.monotonic();
      if (left <= 0) break;
      await clock.sleep(left, this.#controller.signal);
    }
    const wasOpen = this.#allowedSeconds === SILENCE_SECONDS;
    this.#controller.abort(new SilenceError(this.#allowedSeconds, wasOpen));
  }
}

const EVENT_TYPES: readonly WatchEventType[] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

/** The end of the watch where the event brings it, else undefined. */
function applyEvent(view: KindView, event: unknown, listener: WatchListener): WatchEnd | undefined {
  const object = field(event, "object");
  if (field(event, "type") === "ERROR") {
    const code = field(object, "code");
    if (code === 410 || field(object, "reason") === "Expired") return { kind: "expired" };
    const status = typeof code === "number" ? code : 500;
    const waitSeconds = retryAfterSeconds({ headers: {}, body: object });
    return { kind: "broken", message: describeAnswer(status, object), waitSeconds };
  }
  const type = EVENT_TYPES.find((known) => known === field(event, "type"));
  if (type === undefined) throw new ForeignShapeError("an event of no known type");
  listener.moved(view.apply(type, object));
  return undefined;
}

async function readEvents(
  stream: KubernetesStream,
  view: KindView,
  listener: WatchListener,
  watchdog: Watchdog,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const events = stream.events[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(events.next(), signal);
      if (next.done === true) return { kind: "ended" };
      watchdog.heard();
      const end = applyEvent(view, next.value, listener);
      if (end) return end;
    }
  } finally {
    // Not awaited: a stream that hangs would hang here too.
    events.return?.().catch(() => {});
  }
}

function judgeOpening(stream: KubernetesStream): WatchEnd | undefined {
  if (stream.status === 200) return undefined;
  if (stream.status === 410) return { kind: "expired" };
  const message = describeAnswer(stream.status, stream.body);
  return { kind: "broken", message, waitSeconds: retryAfterSeconds(stream) };
}

function judgeFailure(error: unknown): WatchEnd {
  const isExpected =
    error instanceof WireError || error instanceof ForeignShapeError || error instanceof SilenceError;
  if (!isExpected) throw error;
  const fellSilent = error instanceof SilenceError && error.wasOpen;
  return { kind: "broken", message: error.message, waitSeconds: 0, ...(fellSilent ? { fellSilent } : {}) };
}

/**
 * Follows one kind from the version that its view has seen until the watch ends, one way or another.
 * Rejects with signal.reason on abort.
 */
export async function watchOnce(
  caller: Caller,
  view: KindView,
  listener: WatchListener,
  signal: AbortSignal,
): Promise<WatchEnd> {
  const { controller, unlink } = linkedController(signal);
  const watchdog = new Watchdog(caller, controller);
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: view.seen,
    timeoutSeconds: String(WATCH_SECONDS + Math.floor(WATCH_SECONDS * caller.random())),
  };
  try {
    const opening = caller.wire.stream({ method: "GET", path: view.path, query }, controller.signal);
    const stream = await untilAborted(opening, controller.signal);
    watchdog.heard();
    const refused = judgeOpening(stream);
    if (refused) return refused;
    listener.opened();
    return await readEvents(stream, view, listener, watchdog, controller.signal);
  } catch (error) {
    signal.throwIfAborted();
    return judgeFailure(error);
  } finally {
    controller.abort();
    unlink();
  }
}
