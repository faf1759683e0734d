import type { JournalSink } from "./chained-journal.ts";
import { type FileFacts, type Files, writeAll } from "./files.ts";

/** The calls of the file system that a sink makes; tests give a disk that lies. */
export interface SinkCalls extends Pick<Files, "write" | "syncData" | "close"> {
  facts(descriptor: number): Pick<FileFacts, "size">;
}

/** Appends to an open file of a known size: one sync a call, and nobody else may have written to it. */
export function makeFileSink(descriptor: number, size: number, calls: SinkCalls): JournalSink {
  let expected = size;
  let isOpen = true;
  return {
    write(text) {
      if (calls.facts(descriptor).size !== expected) throw new Error("another process wrote to it");
      expected += writeAll(calls, descriptor, text);
      calls.syncData(descriptor);
    },
    close() {
      if (isOpen) calls.close(descriptor);
      isOpen = false;
    },
  };
}
