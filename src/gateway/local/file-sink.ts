import { closeSync, fdatasyncSync, fstatSync, writeSync } from "node:fs";
import type { JournalSink } from "./chained-journal.ts";

/** The calls of the file system that a sink makes; tests give a disk that lies. */
export interface SinkCalls {
  /** Writes at the end; may write less than asked. Returns how many bytes it wrote. */
  write(descriptor: number, bytes: Uint8Array): number;
  sync(descriptor: number): void;
  size(descriptor: number): number;
  close(descriptor: number): void;
}

const SYSTEM_CALLS: SinkCalls = {
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  sync: fdatasyncSync,
  size: (descriptor) => fstatSync(descriptor).size,
  close: closeSync,
};

/** Appends to an open file of a known size: one sync a call, and nobody else may have written to it. */
export function makeFileSink(descriptor: number, size: number, calls: SinkCalls = SYSTEM_CALLS): JournalSink {
  let expected = size;
  let isOpen = true;
  return {
    write(text) {
      if (calls.size(descriptor) !== expected) throw new Error("another process wrote to it");
      let rest: Uint8Array = Buffer.from(text, "utf8");
      while (rest.length > 0) {
        const written = calls.write(descriptor, rest);
        if (written <= 0) throw new Error("the disk takes nothing more");
        rest = rest.subarray(written);
        expected += written;
      }
      calls.sync(descriptor);
    },
    close() {
      if (isOpen) calls.close(descriptor);
      isOpen = false;
    },
  };
}
