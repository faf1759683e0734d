import { describe, expect, it } from "vitest";
import { Recorder } from "#executor/recorder.ts";
import { type Journal, JournalError } from "#gateway/ports.ts";
import type { JournalEntry, RunEvent, RunRecord } from "#model/run.ts";
import { result, started } from "#test/builders/run-history.ts";
import { VirtualTime } from "#test/builders/virtual-time.ts";

/** A journal whose disk is full from the given append on. */
class FillingJournal implements Journal {
  readonly entries: JournalEntry[] = [];
  appends = 0;
  readonly #fullAt: number;
  constructor(fullAt = Number.POSITIVE_INFINITY) {
    this.#fullAt = fullAt;
  }
  async append(records: readonly RunRecord[], stamp: { readonly at: string; readonly token: number }) {
    this.appends += 1;
    if (this.appends === this.#fullAt) throw new JournalError("no space left", "E-JOURNAL-WRITE");
    const entries = records.map((record, index) => ({
      sequence: this.entries.length + index + 1,
      ...stamp,
      record,
    }));
    this.entries.push(...entries);
    return entries;
  }
  close(): void {}
}

function record(journal: Journal): { readonly recorder: Recorder; readonly events: RunEvent[] } {
  const events: RunEvent[] = [];
  const clock = new VirtualTime().clock();
  return {
    recorder: new Recorder({ journal, clock, token: 3, emit: (event) => events.push(event) }),
    events,
  };
}

describe("the recorder", () => {
  it("changes the state only once the records are durable, in the order asked for", async () => {
    const { recorder, events } = record(new FillingJournal());
    const commits = [recorder.commit([started]), recorder.commit([result("a"), result("b")])];
    expect(recorder.state.phase).toBe("new");
    await Promise.all(commits);
    expect([...recorder.state.results.keys()]).toEqual(["a", "b"]);
    const sequences = events.map((event) => event.kind === "Recorded" && event.entry.sequence);
    expect(sequences).toEqual([1, 2, 3]);
  });

  it("begins with what the journal holds", async () => {
    const journal = new FillingJournal();
    await record(journal).recorder.commit([started, result("a")]);
    expect(record(journal).recorder.state.results.has("a")).toBe(true);
  });

  it("appends nothing behind a record that could not be written, and folds neither", async () => {
    const journal = new FillingJournal(2);
    const { recorder } = record(journal);
    await recorder.commit([started]);
    const lost = recorder.commit([result("a")]);
    const behind = recorder.commit([result("b")]);
    await expect(lost).rejects.toThrow("no space left");
    await expect(behind).rejects.toThrow(JournalError);
    await expect(recorder.commit([result("c")])).rejects.toThrow(JournalError);
    expect(journal.appends).toBe(2);
    expect(recorder.state.results.size).toBe(0);
  });
});
