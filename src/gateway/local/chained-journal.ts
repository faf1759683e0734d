import type { JournalEntry, RunRecord } from "#model/run.ts";
import { encodeJournalEntry } from "#schema/journal-records.ts";
import { type Journal, JournalError } from "../ports.ts";

/** Where the lines of a journal go. */
export interface JournalSink {
  /** Adds text at the end; durable when it returns. Throws otherwise. */
  write(text: string): void;
  close(): void;
}

/** A journal over a sink: numbers and chains the entries. After one failed write it takes no more. */
export class ChainedJournal implements Journal {
  readonly #entries: JournalEntry[];
  readonly #sink: JournalSink;
  #head: string;
  #failure: string | null = null;

  /** `head`: the hash of the last line, the plan's digest where there is none. */
  constructor(entries: readonly JournalEntry[], head: string, sink: JournalSink) {
    this.#entries = [...entries];
    this.#head = head;
    this.#sink = sink;
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  async append(
    records: readonly RunRecord[],
    stamp: { readonly at: string; readonly token: number },
  ): Promise<readonly JournalEntry[]> {
    if (this.#failure !== null) throw new JournalError(this.#failure);
    let head = this.#head;
    let text = "";
    const added = records.map((record, index) => {
      const entry = { sequence: this.#entries.length + index + 1, ...stamp, record };
      const line = encodeJournalEntry(entry, head);
      head = line.head;
      text += line.text;
      return entry;
    });
    if (added.length > 0) this.#write(text);
    this.#entries.push(...added);
    this.#head = head;
    return added;
  }

  close(): void {
    this.#failure ??= "the journal is closed";
    this.#sink.close();
  }

  #write(text: string): void {
    try {
      this.#sink.write(text);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      this.#failure = `the journal cannot be written: ${cause}`;
      throw new JournalError(this.#failure);
    }
  }
}
