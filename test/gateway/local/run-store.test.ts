import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import { JournalError, type RunStore } from "#gateway/ports.ts";
import { encodePlan, sealPlan } from "#schema/seal-plan.ts";
import { aPlanContent, aPlanMeta } from "#test/builders/a-plan.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { everyKindOfRecord } from "#test/builders/run-records.ts";
import { Machine } from "#test/simulation/machine.ts";

const PLAN = sealPlan(aPlanContent(), aPlanMeta());
const RECORDS = everyKindOfRecord(PLAN.digest);
const STAMP = { at: FIXED_TIME, token: 2 };
const CLUSTER = "7c1e0000-0000-4000-8000-000000000000";
const RUN = "01j9zzzzzz0000000000000001";

let base: string;
let state: string;
let store: RunStore;
let journalFile: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "dextre-test-"));
  state = join(base, "state", "dextre");
  store = makeFileRunStore(state);
  journalFile = join(state, CLUSTER, RUN, "journal.jsonl");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function aBegunRun(): Promise<void> {
  const journal = await store.create(CLUSTER, RUN, PLAN);
  await journal.append(RECORDS, STAMP);
  journal.close();
}

async function refusalOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof JournalError) return `${error.code} ${error.message}`;
    throw error;
  }
  return "not refused";
}

describe.each([
  ["on disk", () => store],
  ["on a disk in memory", () => new Machine(1).store()],
])("a run store %s", (_, make) => {
  test("knows no runs of a cluster that it has not seen", async () => {
    expect(await make().read(CLUSTER)).toEqual({ runs: [], damaged: [] });
  });

  test("keeps plan and entries of every run, oldest first", async () => {
    const runs = make();
    for (const run of ["01b", "01a"]) {
      const journal = await runs.create(CLUSTER, run, PLAN);
      expect(await journal.append(RECORDS.slice(0, 2), STAMP)).toMatchObject([
        { sequence: 1 },
        { sequence: 2 },
      ]);
      journal.close();
    }
    const { runs: stored } = await runs.read(CLUSTER);
    expect(stored.map(({ run }) => run)).toEqual(["01a", "01b"]);
    expect(stored[0]).toMatchObject({ path: runs.pathOf(CLUSTER, "01a"), plan: PLAN });
    expect(stored[0]?.entries.map(({ record }) => record)).toEqual(RECORDS.slice(0, 2));
  });

  test("goes on where a run stopped, in one chain", async () => {
    const runs = make();
    (await runs.create(CLUSTER, RUN, PLAN)).close();
    for (const record of RECORDS) {
      const journal = await runs.open(CLUSTER, RUN);
      await journal.append([record], STAMP);
      journal.close();
    }
    const [stored] = (await runs.read(CLUSTER)).runs;
    expect(stored?.entries.map(({ sequence }) => sequence)).toEqual(RECORDS.map((_, index) => index + 1));
  });

  test("does not begin a run twice", async () => {
    const runs = make();
    await runs.create(CLUSTER, RUN, PLAN);
    expect(await refusalOf(() => runs.create(CLUSTER, RUN, PLAN))).toContain("E-STATE-DIR");
  });

  test("takes nothing more once it is closed", async () => {
    const journal = await make().create(CLUSTER, RUN, PLAN);
    journal.close();
    journal.close();
    expect(await refusalOf(() => journal.append(RECORDS, STAMP))).toContain("E-JOURNAL-WRITE");
  });
});

describe("a disk in memory", () => {
  test("has the bytes that the real one would have, and a journal goes on from what a crash left", async () => {
    await aBegunRun();
    const machine = new Machine(1);
    await (await machine.store().create(CLUSTER, RUN, PLAN)).append(RECORDS, STAMP);
    const [file] = machine.disk.contents("journal.jsonl");
    expect(Buffer.from(file?.bytes ?? []).equals(readFileSync(journalFile))).toBe(true);
    machine.disk.replace(file?.path ?? "", file?.bytes.slice(0, -3) ?? new Uint8Array());
    const journal = await machine.store().open(CLUSTER, RUN);
    expect(journal.entries.length).toBe(RECORDS.length - 1);
    await journal.append(RECORDS.slice(-1), STAMP);
    expect((await machine.store().read(CLUSTER)).runs[0]?.entries.length).toBe(RECORDS.length);
  });

  test("keeps through a power loss what was synced, and no run without its plan", async () => {
    const machine = new Machine(1);
    await (await machine.store().create(CLUSTER, RUN, PLAN)).append(RECORDS, STAMP);
    machine.disk.losePower(0);
    expect((await machine.store().read(CLUSTER)).runs[0]?.entries.length).toBe(RECORDS.length);
  });
});

describe("a run folder", () => {
  test("is for its owner alone, and holds the plan as it was made", async () => {
    await aBegunRun();
    const folder = join(state, CLUSTER, RUN);
    expect(readdirSync(folder).sort()).toEqual(["journal.jsonl", "plan.json"]);
    expect(readFileSync(join(folder, "plan.json"), "utf8")).toBe(encodePlan(PLAN.content, PLAN.meta));
    for (const path of [state, join(state, CLUSTER), folder]) expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test("loses an unfinished last line when the run goes on, and nothing else", async () => {
    await aBegunRun();
    appendFileSync(journalFile, '{"sequence":12,"at":"20');
    expect((await store.read(CLUSTER)).runs[0]?.entries.length).toBe(RECORDS.length);
    const journal = await store.open(CLUSTER, RUN);
    await journal.append(RECORDS.slice(0, 1), STAMP);
    journal.close();
    expect((await store.read(CLUSTER)).runs[0]?.entries.length).toBe(RECORDS.length + 1);
  });

  test("without a journal goes on with an empty one", async () => {
    await aBegunRun();
    rmSync(journalFile);
    expect((await store.open(CLUSTER, RUN)).entries).toEqual([]);
  });

  test("without a plan is no run: it was never begun", async () => {
    mkdirSync(join(state, CLUSTER, RUN), { recursive: true, mode: 0o700 });
    expect(await store.read(CLUSTER)).toEqual({ runs: [], damaged: [] });
  });

  test("with a damaged journal names run, file and line", async () => {
    await aBegunRun();
    const text = readFileSync(journalFile, "utf8");
    writeFileSync(journalFile, text.replace('"token":2', '"token":3'));
    const refusal = `E-JOURNAL-DAMAGED the journal of run ${RUN} is damaged at ${journalFile}:1`;
    expect(await refusalOf(() => store.open(CLUSTER, RUN))).toContain(refusal);
    const [damaged] = (await store.read(CLUSTER)).damaged;
    expect(damaged).toMatchObject({ run: RUN, plan: { digest: PLAN.digest } });
    expect(`E-JOURNAL-DAMAGED ${damaged?.message}`).toContain(refusal);
  });

  test("is left out of the runs where it is damaged, and the others are read", async () => {
    await aBegunRun();
    writeFileSync(journalFile, "x\n");
    (await store.create(CLUSTER, "01k", PLAN)).close();
    expect((await store.read(CLUSTER)).runs.map(({ run }) => run)).toEqual(["01k"]);
    expect((await store.read(CLUSTER)).damaged.map(({ run }) => run)).toEqual([RUN]);
  });

  test("with an edited plan is refused", async () => {
    await aBegunRun();
    const path = join(state, CLUSTER, RUN, "plan.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"tier": 1', '"tier": 2'));
    expect(await refusalOf(() => store.open(CLUSTER, RUN))).toContain("E-JOURNAL-DAMAGED");
  });

  test("is not written to once another process has written to it", async () => {
    const journal = await store.create(CLUSTER, RUN, PLAN);
    await journal.append(RECORDS.slice(0, 1), STAMP);
    appendFileSync(journalFile, "x");
    expect(await refusalOf(() => journal.append(RECORDS, STAMP))).toContain("another process wrote to it");
    truncateSync(journalFile, 0);
    expect(await refusalOf(() => journal.append(RECORDS, STAMP))).toContain("E-JOURNAL-WRITE");
  });

  test.each([
    ["the state folder is a link", () => relink(state)],
    ["the run folder is a link", () => relink(join(state, CLUSTER, RUN))],
    ["the journal is a link", () => relink(journalFile)],
    ["the plan is a link", () => relink(join(state, CLUSTER, RUN, "plan.json"))],
    ["others may write to the state folder", () => chmodSync(state, 0o777)],
    ["others may write to the run folder", () => chmodSync(join(state, CLUSTER, RUN), 0o770)],
    ["others may write to the journal", () => chmodSync(journalFile, 0o666)],
  ])("is refused where %s", async (_, spoil) => {
    await aBegunRun();
    spoil();
    expect(await refusalOf(() => store.read(CLUSTER))).toContain("E-STATE-DIR");
  });

  test.each(["..", ".", "a/b", "", "A", "a".repeat(65), "-a"])("is never named %j", async (name) => {
    expect(await refusalOf(() => store.create(CLUSTER, name, PLAN))).toContain("E-STATE-DIR");
    expect(await refusalOf(() => store.read(name))).toContain("E-STATE-DIR");
  });
});

function relink(path: string): void {
  renameSync(path, `${path}-real`);
  symlinkSync(`${path}-real`, path);
}

test("a state folder is absolute, wherever its user stands", () => {
  expect(makeFileRunStore("runs").pathOf(CLUSTER, RUN)).toBe(join(process.cwd(), "runs", CLUSTER, RUN));
});

test("a state folder that cannot be made is refused at once", async () => {
  const refusal = await refusalOf(() => makeFileRunStore("/proc/dextre/state").prepare(CLUSTER));
  expect(refusal).toContain("E-STATE-DIR /proc/dextre/state cannot be used");
});

test("a state folder that is a file is refused by its name, not by the system's call", async () => {
  const file = join(base, "file");
  writeFileSync(file, "");
  expect(await refusalOf(() => makeFileRunStore(file).read(CLUSTER))).toBe(
    `E-STATE-DIR ${file} cannot keep runs: it, or what it is in, is a file and no folder`,
  );
});
