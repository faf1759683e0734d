import { GatewayError } from "#gateway/ports.ts";
import { backoffMilliseconds, WATCH_BACKOFF } from "../backoff.ts";
import type { Caller } from "./caller.ts";
import type { KindView } from "./kind-view.ts";
import { type WatchEnd, watchOnce } from "./watch-kind.ts";

export interface FollowListener {
  /** The view has moved; `changed` tells whether any object did. */
  moved(changed: boolean): void;
  /** Why this kind does not follow; null when it does again. */
  trouble(message: string | null): void;
}

/** A watch that lived this long was a good one: the next starts without a wait. */
const GOOD_WATCH_SECONDS = 5;
/** Broken this often at one version, the stream itself may be what breaks it: list again. */
const BREAKS_BEFORE_RELIST = 3;

interface Pass {
  readonly end: WatchEnd;
  /** It brought something, or lasted: whatever ends it is no repetition of the failure before. */
  readonly progressed: boolean;
}

async function listPass(
  caller: Caller,
  view: KindView,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<Pass> {
  const broken = (message: string): Pass => ({
    end: { kind: "broken", message, waitSeconds: 0 },
    progressed: false,
  });
  try {
    if (!(await view.relist(caller, signal))) {
      return broken(`list ${view.resource}: older than what was seen before`);
    }
    listener.moved(true);
    return { end: { kind: "ended" }, progressed: false };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof GatewayError) return broken(error.message);
    throw error;
  }
}

async function watchPass(
  caller: Caller,
  view: KindView,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<Pass> {
  const startedAt = caller.clock.monotonic();
  let moves = 0;
  const watchListener = {
    opened: () => listener.trouble(null),
    moved: (changed: boolean) => {
      moves++;
      listener.moved(changed);
    },
  };
  const end = await watchOnce(caller, view, watchListener, signal);
  const lasted = caller.clock.monotonic() - startedAt >= GOOD_WATCH_SECONDS * 1000;
  return { end, progressed: moves > 0 || (lasted && end.kind === "ended") };
}

/** The message of a request names it already. */
const troubleWords = (resource: string, message: string): string =>
  ["watch", "list"].some((verb) => message.startsWith(`${verb} ${resource}: `))
    ? message
    : `watch ${resource}: ${message}`;

/**
 * Keeps a listed view up to date until the signal aborts: watches, watches again from where it was
 * when a watch ends or breaks, lists anew when the version has expired. Rejects with signal.reason.
 */
export async function followKind(
  caller: Caller,
  view: KindView,
  listener: FollowListener,
  signal: AbortSignal,
): Promise<never> {
  let failures = 0;
  let lists = 0;
  let mustList = false;
  for (;;) {
    const pass: typeof listPass = mustList ? listPass : watchPass;
    const { end, progressed }: Pass = await pass(caller, view, listener, signal);
    if (progressed) failures = lists = 0;
    if (end.kind === "ended" && (progressed || mustList)) {
      if (mustList) lists++;
      mustList = false;
      continue;
    }
    if (end.kind === "broken") listener.trouble(troubleWords(view.resource, end.message));
    // What is seen is old, so the list is due at once; unless a list has just not helped.
    const isListDue = end.kind === "expired" || (end.kind === "broken" && end.fellSilent === true);
    const isUrgent = isListDue && lists === 0;
    mustList ||= isListDue || failures >= BREAKS_BEFORE_RELIST;
    const backoff = backoffMilliseconds(WATCH_BACKOFF, failures, caller.random);
    const asked = end.kind === "broken" ? end.waitSeconds * 1000 : 0;
    failures++;
    if (!isUrgent) await caller.clock.sleep(Math.max(backoff, asked), signal);
  }
}
