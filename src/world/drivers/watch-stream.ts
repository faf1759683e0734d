import { type KubernetesRequest, type KubernetesStream, WireError, type WireFailure } from "#gateway/wire.ts";
import type { Cursor } from "../cursor.ts";
import { EventQueue } from "./event-queue.ts";
import type { WireOptions } from "./exchange.ts";
import type { Fault } from "./fault.ts";
import { type OpenWatch, watchLatency } from "./schedule.ts";

/** Opens a watch on the server now; gives what the client will see of it one latency later. */
export function openStream(
  options: WireOptions,
  request: KubernetesRequest,
  signal: AbortSignal,
  fault: Fault | undefined,
): KubernetesStream | WireError {
  if (fault?.kind === "lostRequest" || fault?.kind === "lostAnswer") {
    return new WireError(fault.failure, "the connection broke before the watch opened", true);
  }
  if (fault?.kind === "answer" || fault?.kind === "answerAfter") return refusal(fault.response);
  const { schedule, client } = options;
  const opening = schedule.world.openWatch(schedule.now(), request, client.name);
  if (opening.kind === "refused") return refusal(opening.answer);
  const events = carry(options, opening.cursor, signal);
  return { status: 200, headers: { "content-type": "application/json" }, body: undefined, events };
}

function refusal({
  status,
  headers,
  body,
}: Pick<KubernetesStream, "status" | "headers" | "body">): KubernetesStream {
  const events = new EventQueue();
  events.end();
  return { status, headers, body, events };
}

/** Carries the cursor's events to the client, each one latency after it happened, in order. */
function carry({ schedule, client }: WireOptions, cursor: Cursor, signal: AbortSignal): EventQueue {
  const events = new EventQueue();
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    if (client.isCrashed) return;
    for (const event of cursor.take()) events.push(event);
    if (cursor.isEnded) events.end();
  };
  const wake = (): void => {
    if (isScheduled || client.isCrashed) return;
    isScheduled = true;
    schedule.deliver(schedule.now() + watchLatency(schedule), flush);
  };
  const watch: OpenWatch = {
    close: () => {
      cursor.onWake = () => undefined;
      cursor.close();
      client.watches.delete(watch);
    },
    fail: (failure: WireFailure) => {
      watch.close();
      if (!client.isCrashed) events.fail(new WireError(failure, `the watch ended: ${failure}`, true));
    },
  };
  cursor.onWake = wake;
  events.onReturn = watch.close;
  client.watches.add(watch);
  signal.addEventListener("abort", () => watch.fail("aborted"), { once: true });
  wake();
  return events;
}
