import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JournalEntry, RunRecord } from "#model/run.ts";
import { decodeJournal, encodeJournalEntry } from "#schema/journal-records.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { everyKindOfIntent, everyKindOfRecord } from "#test/builders/run-records.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const OTHER_DIGEST = `sha256:${"b".repeat(64)}`;
const ENTRIES = [...everyKindOfRecord(DIGEST), ...everyKindOfIntent()].map(
  (record, index): JournalEntry => ({ sequence: index + 1, at: FIXED_TIME, token: 3, record }),
);
const BYTES = journalOf(ENTRIES);

function journalOf(entries: readonly JournalEntry[]): Uint8Array {
  let head = DIGEST;
  let text = "";
  for (const entry of entries) {
    const line = encodeJournalEntry(entry, head);
    text += line.text;
    head = line.head;
  }
  return new TextEncoder().encode(text);
}

function lineEnds(bytes: Uint8Array): readonly number[] {
  return [...bytes.keys()].filter((index) => bytes[index] === 0x0a);
}

describe("a journal", () => {
  test("reads back every kind of record as it was written", () => {
    expect(decodeJournal(BYTES, DIGEST)).toMatchObject({ kind: "ok", entries: ENTRIES, tailBytes: 0 });
  });

  test("that is empty has no entries, and goes on from the plan's digest", () => {
    expect(decodeJournal(new Uint8Array(), DIGEST)).toEqual({
      kind: "ok",
      entries: [],
      head: DIGEST,
      tailBytes: 0,
    });
  });

  test("cut at any byte keeps all whole lines and says how much is left over", () => {
    const bytes = journalOf(ENTRIES.slice(0, 6));
    const ends = lineEnds(bytes);
    for (let length = 0; length <= bytes.length; length++) {
      const whole = ends.filter((end) => end < length).length;
      const keptBytes = whole === 0 ? 0 : (ends[whole - 1] ?? 0) + 1;
      const decoded = decodeJournal(bytes.subarray(0, length), DIGEST);
      if (decoded.kind !== "ok") throw new Error(`cut at ${length}: ${decoded.message}`);
      expect(decoded.entries.length).toBe(whole);
      expect(decoded.tailBytes).toBe(length - keptBytes);
    }
  });

  test("with any one byte changed is refused", () => {
    const anyChange = fc.record({ at: fc.nat(BYTES.length - 1), by: fc.integer({ min: 1, max: 255 }) });
    fc.assert(
      fc.property(anyChange, ({ at, by }) => {
        const changed = BYTES.slice();
        changed[at] = (BYTES[at] ?? 0) ^ by;
        expect(decodeJournal(changed, DIGEST).kind).toBe("damaged");
      }),
      { numRuns: 1500 },
    );
  });

  test("with a line taken out, put in twice or moved is refused", () => {
    const lines = new TextDecoder().decode(BYTES).split("\n").slice(0, -1);
    const spoiled = [
      lines.toSpliced(2, 1),
      lines.toSpliced(2, 0, lines[2] ?? ""),
      lines.toSpliced(2, 2, lines[3] ?? "", lines[2] ?? ""),
      lines.slice(1),
    ];
    for (const some of spoiled) {
      const bytes = new TextEncoder().encode(`${some.join("\n")}\n`);
      expect(decodeJournal(bytes, DIGEST).kind).toBe("damaged");
    }
  });

  test("of another plan is refused and says so", () => {
    expect(decodeJournal(BYTES, OTHER_DIGEST)).toEqual({
      kind: "damaged",
      sequence: 1,
      message: "the journal belongs to another plan",
    });
  });

  test("with a record of an unknown kind is refused", () => {
    const record: RunRecord = JSON.parse('{"kind": "Teleported"}');
    const bytes = journalOf([{ sequence: 1, at: FIXED_TIME, token: 0, record }]);
    expect(decodeJournal(bytes, DIGEST)).toMatchObject({ kind: "damaged", sequence: 1 });
  });

  test("keeps line ends and quotes of foreign texts inside one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (message) => {
        const entry = {
          sequence: 1,
          at: FIXED_TIME,
          token: 0,
          record: { kind: "RunStopped", code: "E-SIGNAL", message, exit: 4 },
        } as const;
        expect(decodeJournal(journalOf([entry]), DIGEST)).toMatchObject({ kind: "ok", entries: [entry] });
      }),
    );
  });
});
