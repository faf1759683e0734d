import type { Clock, Journal } from "#gateway/ports.ts";
import type { JournalEntry, RunEvent, RunRecord } from "#model/run.ts";
import { applyRecord } from "./apply-record.ts";
import { NEW_RUN, type RunState } from "./run-state.ts";

/**
 * The one way in which a run's state changes: append, durable, fold. Commits of several handlers
 * come one after the other, in the order in which they were asked for.
 */
export class Recorder {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #token: number;
  readonly #emit: (event: RunEvent) => void;
  #state: RunState;
  #queue: Promise<void> = Promise.resolve();
  /** After a failed append nothing may be appended behind it. */
  #failure: { readonly error: unknown } | null = null;

  constructor(options: {
    readonly journal: Journal;
    readonly clock: Clock;
    readonly token: number;
    readonly emit: (event: RunEvent) => void;
  }) {
    this.#journal = options.journal;
    this.#clock = options.clock;
    this.#token = options.token;
    this.#emit = options.emit;
    this.#state = foldEntries(options.journal.entries);
  }

  get state(): RunState {
    return this.#state;
  }

  /** Settles when the records are durable and folded. @throws JournalError */
  commit(records: readonly RunRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const done = this.#queue.then(() => this.#append(records));
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #append(records: readonly RunRecord[]): Promise<void> {
    const at = new Date(this.#clock.now()).toISOString();
    const entries = await this.#appendOnce(records, at);
    for (const entry of entries) this.#state = applyRecord(this.#state, entry.record);
    for (const entry of entries) this.#emit({ kind: "Recorded", entry });
  }

  async #appendOnce(records: readonly RunRecord[], at: string): Promise<readonly JournalEntry[]> {
    if (this.#failure) throw this.#failure.error;
    try {
      return await this.#journal.append(records, { at, token: this.#token });
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** The state of a run from its journal alone. */
export function foldEntries(entries: readonly JournalEntry[]): RunState {
  return entries.reduce((state, entry) => applyRecord(state, entry.record), NEW_RUN);
}
