import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import type { Cursor } from "#world/cursor.ts";
import { sendWatch, type WatchSink } from "#world/http/watch-response.ts";
import { macrotask } from "../support.ts";

/** A client that reads nothing until it is told to. */
class SlowReader extends EventEmitter implements WatchSink {
  destroyed = false;
  readonly lines: string[] = [];
  isReading = false;
  isEnded = false;
  writeHead(): void {}
  flushHeaders(): void {}
  write(text: string): boolean {
    this.lines.push(...text.trimEnd().split("\n"));
    return this.isReading;
  }
  end(): void {
    this.isEnded = true;
  }
}

class Events implements Cursor {
  readonly waiting: unknown[] = [];
  isEnded = false;
  isClosed = false;
  onWake: () => void = () => undefined;
  take(): readonly unknown[] {
    return this.waiting.splice(0);
  }
  close(): void {
    this.isClosed = true;
  }
  happens(event: unknown): void {
    this.waiting.push(event);
    this.onWake();
  }
}

function opened(): { readonly reader: SlowReader; readonly events: Events } {
  const reader = new SlowReader();
  const events = new Events();
  sendWatch(reader, events, (event) => event);
  return { reader, events };
}

describe("a watch over HTTP", () => {
  test("is a line for each event, sent together where they came together", async () => {
    const { reader, events } = opened();
    reader.isReading = true;
    events.happens(1);
    events.happens(2);
    expect(reader.lines).toEqual([]);
    await macrotask();
    expect(reader.lines).toEqual(["1", "2"]);
  });

  test("takes nothing more for a client that does not read, and goes on where it was once it does", async () => {
    const { reader, events } = opened();
    events.happens(1);
    await macrotask();
    events.happens(2);
    await macrotask();
    expect(reader.lines).toEqual(["1"]);
    expect(events.waiting).toEqual([2]);
    reader.isReading = true;
    reader.emit("drain");
    await macrotask();
    expect(reader.lines).toEqual(["1", "2"]);
  });

  test("ends after the last event when the server ends it", async () => {
    const { reader, events } = opened();
    reader.isReading = true;
    events.isEnded = true;
    events.happens("last");
    await macrotask();
    expect(reader).toMatchObject({ lines: ['"last"'], isEnded: true });
  });

  test("is closed when the client goes", async () => {
    const { reader, events } = opened();
    reader.destroyed = true;
    reader.emit("close");
    expect(events.isClosed).toBe(true);
    events.happens(1);
    await macrotask();
    expect(reader.lines).toEqual([]);
  });
});
