import type { JournalEntry } from "#model/run.ts";

/** A line of the journal file: an entry, chained to the line before. */
export interface JournalLine extends JournalEntry {
  /** `hash` of the line before; of the first line, the plan's digest. */
  readonly prev: string;
  /** "sha256:" and 64 hex digits over the line's UTF-8 bytes up to `,"hash"`. */
  readonly hash: string;
}
