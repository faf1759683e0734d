import type { Plan } from "#model/plan.ts";
import { decodeJournal } from "#schema/journal-records.ts";
import { type Journal, JournalError, type RunStore } from "../ports.ts";
import { ChainedJournal, type JournalSink } from "./chained-journal.ts";

interface MemoryRun {
  readonly clusterUid: string;
  readonly run: string;
  readonly plan: Plan;
  bytes: Uint8Array;
}

/**
 * Run folders in memory, with the same bytes as on disk: a test or the demo lets everything else go
 * as a crash would, keeps this, and resumes.
 */
export class MemoryRunStore implements RunStore {
  readonly #runs = new Map<string, MemoryRun>();

  async runs(clusterUid: string) {
    return [...this.#runs.values()]
      .filter((stored) => stored.clusterUid === clusterUid)
      .sort((a, b) => (a.run < b.run ? -1 : 1))
      .flatMap(({ run, plan, bytes }) => {
        const decoded = decodeJournal(bytes, plan.digest);
        if (decoded.kind !== "ok") return [];
        return [{ run, path: this.pathOf(clusterUid, run), plan, entries: decoded.entries }];
      });
  }

  async prepare(): Promise<void> {}

  async damaged(clusterUid: string) {
    return [...this.#runs.values()]
      .filter((stored) => stored.clusterUid === clusterUid)
      .flatMap(({ run, plan, bytes }) => {
        const decoded = decodeJournal(bytes, plan.digest);
        if (decoded.kind === "ok") return [];
        const message = `the journal of run ${run} is damaged: ${decoded.message}`;
        return [{ run, path: this.pathOf(clusterUid, run), plan, message }];
      });
  }

  pathOf(clusterUid: string, run: string): string {
    return `memory/${clusterUid}/${run}`;
  }

  async create(clusterUid: string, run: string, plan: Plan): Promise<Journal> {
    const path = this.pathOf(clusterUid, run);
    if (this.#runs.has(path)) throw new JournalError(`${path} is there already`, "E-STATE-DIR");
    const stored: MemoryRun = { clusterUid, run, plan, bytes: new Uint8Array() };
    this.#runs.set(path, stored);
    return new ChainedJournal([], plan.digest, makeMemorySink(stored));
  }

  async open(clusterUid: string, run: string): Promise<Journal> {
    const stored = this.#stored(clusterUid, run);
    const { entries, head, tailBytes } = decodeOrThrow(stored.bytes, run, stored.plan);
    stored.bytes = stored.bytes.subarray(0, stored.bytes.length - tailBytes);
    return new ChainedJournal(entries, head, makeMemorySink(stored));
  }

  /** The journal file as it stands. */
  bytes(clusterUid: string, run: string): Uint8Array {
    return this.#stored(clusterUid, run).bytes;
  }

  /** Every journal as it stands, as one text. */
  durableText(): string {
    const decoder = new TextDecoder();
    return [...this.#runs.values()].map((stored) => decoder.decode(stored.bytes)).join("");
  }

  /** Puts other bytes in the journal's place: what a crash left of it, or a damage. */
  replaceBytes(clusterUid: string, run: string, bytes: Uint8Array): void {
    this.#stored(clusterUid, run).bytes = bytes;
  }

  #stored(clusterUid: string, run: string): MemoryRun {
    const path = this.pathOf(clusterUid, run);
    const stored = this.#runs.get(path);
    if (!stored) throw new JournalError(`${path} is not there`, "E-STATE-DIR");
    return stored;
  }
}

function makeMemorySink(stored: MemoryRun): JournalSink {
  return {
    write(text) {
      const added = new TextEncoder().encode(text);
      const all = new Uint8Array(stored.bytes.length + added.length);
      all.set(stored.bytes);
      all.set(added, stored.bytes.length);
      stored.bytes = all;
    },
    close() {},
  };
}

function decodeOrThrow(bytes: Uint8Array, run: string, plan: Plan) {
  const decoded = decodeJournal(bytes, plan.digest);
  if (decoded.kind === "ok") return decoded;
  throw new JournalError(`the journal of run ${run} is damaged: ${decoded.message}`, "E-JOURNAL-DAMAGED");
}
