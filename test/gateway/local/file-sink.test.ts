import { describe, expect, test } from "vitest";
import { ChainedJournal } from "#gateway/local/chained-journal.ts";
import { makeFileSink, type SinkCalls } from "#gateway/local/file-sink.ts";
import { JournalError } from "#gateway/ports.ts";
import { decodeJournal } from "#schema/journal-records.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { everyKindOfRecord } from "#test/builders/run-records.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const STAMP = { at: FIXED_TIME, token: 0 };
const RECORDS = everyKindOfRecord(DIGEST);

/** A disk in memory that writes at most so many bytes a call, and no more than fit. */
function aDisk(
  options: { readonly most?: number; readonly room?: number; readonly syncFails?: boolean } = {},
) {
  const { most = Number.POSITIVE_INFINITY, room = Number.POSITIVE_INFINITY, syncFails = false } = options;
  let bytes = Buffer.alloc(0);
  const counts = { syncs: 0, closes: 0 };
  const calls: SinkCalls = {
    write(_, added) {
      const count = Math.min(added.length, most, room - bytes.length);
      if (count <= 0) throw new Error("ENOSPC: no space left on device, write");
      bytes = Buffer.concat([bytes, added.subarray(0, count)]);
      return count;
    },
    syncData() {
      if (syncFails) throw new Error("EIO: i/o error, fdatasync");
      counts.syncs++;
    },
    facts: () => ({ size: bytes.length }),
    close: () => counts.closes++,
  };
  const journal = new ChainedJournal([], DIGEST, makeFileSink(3, 0, calls));
  return { journal, counts, content: () => bytes };
}

describe("a journal on a disk", () => {
  test("that writes a few bytes at a time is whole all the same", async () => {
    const disk = aDisk({ most: 7 });
    await disk.journal.append(RECORDS, STAMP);
    expect(decodeJournal(disk.content(), DIGEST)).toMatchObject({ kind: "ok", tailBytes: 0 });
  });

  test("is synced once for all records of a call", async () => {
    const disk = aDisk();
    await disk.journal.append(RECORDS, STAMP);
    await disk.journal.append([], STAMP);
    expect(disk.counts.syncs).toBe(1);
    disk.journal.close();
    disk.journal.close();
    expect(disk.counts.closes).toBe(1);
  });

  test("that is full says so, takes nothing more, and what it holds can be read", async () => {
    const disk = aDisk({ room: 1000 });
    await disk.journal.append(RECORDS.slice(0, 1), STAMP);
    await expect(disk.journal.append(RECORDS, STAMP)).rejects.toThrow(/ENOSPC/);
    await expect(disk.journal.append(RECORDS.slice(0, 1), STAMP)).rejects.toThrow(JournalError);
    expect(disk.journal.entries.length).toBe(1);
    expect(decodeJournal(disk.content(), DIGEST).kind).toBe("ok");
  });

  test("that cannot sync is not relied on again", async () => {
    const disk = aDisk({ syncFails: true });
    await expect(disk.journal.append(RECORDS, STAMP)).rejects.toThrow(/EIO/);
    await expect(disk.journal.append(RECORDS, STAMP)).rejects.toThrow(JournalError);
    expect(disk.journal.entries).toEqual([]);
  });
});
