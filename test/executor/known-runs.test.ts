import { describe, expect, test } from "vitest";
import { pickRun } from "#executor/known-runs.ts";
import type { StoredRun } from "#gateway/ports.ts";
import type { RunRecord } from "#model/run.ts";
import { timeAfter } from "#test/builders/fixed.ts";
import { started } from "#test/builders/run-history.ts";
import { aRollingPlan } from "#test/render/a-rolling-plan.ts";

const plan = aRollingPlan();

function aRun(run: string, ...records: readonly RunRecord[]): StoredRun {
  const entries = [started, ...records].map((record, index) => ({
    sequence: index + 1,
    at: timeAfter(index),
    token: 1,
    record,
  }));
  return { run, path: `/runs/${run}`, plan, entries };
}

const finished: RunRecord = { kind: "RunFinished", exit: 0 };
const aborted: RunRecord = { kind: "RunAborted", undone: [], left: [] };

describe("of the runs of one plan", () => {
  test("the unfinished one is taken up, though an earlier one finished", () => {
    const runs = [aRun("run-1", finished), aRun("run-2"), aRun("run-3", aborted)];
    expect(pickRun(runs, plan)).toMatchObject({ kind: "unfinished", run: { run: "run-2" } });
  });

  test("a finished one is known where none is unfinished, an aborted one never", () => {
    const runs = [aRun("run-1", finished), aRun("run-2", aborted)];
    expect(pickRun(runs, plan)).toMatchObject({ kind: "finished", run: { run: "run-1" } });
    expect(pickRun([aRun("run-1", aborted)], plan)).toEqual({ kind: "none" });
    expect(pickRun(runs, { ...plan, digest: "sha256:other" })).toEqual({ kind: "none" });
  });

  test("a plan made later is a new order, though its content is the same; an unfinished run is taken up by it", () => {
    const later = { ...plan, checksum: "sha256:later" };
    expect(pickRun([aRun("run-1", finished)], later)).toEqual({ kind: "none" });
    expect(pickRun([aRun("run-1")], later)).toMatchObject({ kind: "unfinished" });
  });
});
