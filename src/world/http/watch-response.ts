import type { Cursor } from "#world/cursor.ts";
import { commonHeaders } from "./answer.ts";

/** Turns an event of the world into what goes over the wire. */
export type EventShape = (event: unknown) => unknown;

/** What is needed of a response; `write` says false when the client should be given time to read. */
export interface WatchSink {
  readonly destroyed: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  flushHeaders(): void;
  write(text: string): boolean;
  end(): unknown;
  on(event: "drain" | "close", listener: () => void): unknown;
}

/**
 * Sends a watch: a line of JSON an event, in chunks, until the world ends it or the client goes. A client
 * that does not read holds the cursor where it is: nothing piles up here, and what the log has forgotten
 * in the meantime ends the watch with 410, as on a real server.
 */
export function sendWatch(response: WatchSink, cursor: Cursor, shape: EventShape): void {
  let isScheduled = false;
  let isBlocked = false;
  const flush = (): void => {
    isScheduled = false;
    if (isBlocked || response.destroyed) return;
    const lines = cursor.take().map((event) => `${JSON.stringify(shape(event))}\n`);
    if (lines.length > 0) isBlocked = !response.write(lines.join(""));
    if (cursor.isEnded) response.end();
  };
  const wake = (): void => {
    // Not at once: the world is in the middle of a change.
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(flush);
  };
  response.writeHead(200, { ...commonHeaders(), "content-type": "application/json" });
  response.flushHeaders();
  cursor.onWake = wake;
  response.on("drain", () => {
    isBlocked = false;
    wake();
  });
  response.on("close", () => {
    cursor.onWake = () => undefined;
    cursor.close();
  });
  wake();
}
