import { expect, test } from "vitest";
import { paintAll } from "#render/palette.ts";
import { type StatusRun, statusLines } from "#render/status-text.ts";
import { FIXED_MILLISECONDS, FIXED_TIME } from "#test/builders/fixed.ts";

const aRun = (fields: Partial<StatusRun> = {}): StatusRun => ({
  run: "01run",
  name: "workers",
  phase: "stopped",
  host: "laptop",
  path: "/state/01run",
  startedAt: FIXED_TIME,
  stepsSettled: 3,
  stepsTotal: 10,
  cordoned: ["node-1"],
  stopped: "stopped at a safe point, as asked",
  ...fields,
});

test("says of each unfinished run why it stopped, how it goes on and how it is undone", () => {
  const status = {
    server: "https://k8s.example.com",
    holder: "laptop/7/01run",
    renewedAt: FIXED_TIME,
    holderIsGone: false,
    runs: [
      aRun(),
      aRun({ run: "02run", phase: "finished", stopped: null, cordoned: [] }),
      aRun({ run: "03run", phase: "elsewhere", host: "ci-7", stopped: null, cordoned: [], stepsTotal: 0 }),
    ],
    marked: [
      { node: "node-1", run: "01run", schedulable: false },
      { node: "node-2", run: "09run", schedulable: true },
    ],
  };
  expect(
    paintAll(statusLines(status, FIXED_MILLISECONDS + 5000, " --context prod"), "none"),
  ).toMatchInlineSnapshot(`
    "cluster https://k8s.example.com
    lock    held by laptop/7/01run, renewed 5 s ago

    RUN    STATE      STEPS  STARTED (UTC)     PLAN     HOST    CORDONED
    01run  stopped    3/10   2026-03-01 12:00  workers  laptop  node-1
    02run  finished   3/10   2026-03-01 12:00  workers  laptop  –
    03run  elsewhere  ?      2026-03-01 12:00  workers  ci-7    –

    01run: stopped at a safe point, as asked
      Resume with:  dextre resume /state/01run/plan.json --context prod
      Undo with:    dextre abort 01run --context prod

    03run is on ci-7, in /state/01run: resume or abort it there

    1 node with annotations of run 09run, which is not known here: node-2 (uncordoned by somebody since)
    "
  `);
});

test("keeps each run readable on a narrow terminal", () => {
  const run = aRun({ run: "01m8a48jf7mwrhcdc8c0bxmf57", name: `drain-${"x".repeat(30)}`, stopped: null });
  const status = { server: "https://k8s", holder: "", renewedAt: "", holderIsGone: false, marked: [] };
  const short = { ...run, name: "a", cordoned: [], phase: "finished" };
  const runs = [{ ...run, phase: "finished" }, short];
  const lines = statusLines({ ...status, runs }, FIXED_MILLISECONDS, "", 80);
  // The second would fit: a table of which some rows are broken cannot be read.
  expect(paintAll(lines, "none", 80).split("\n").slice(3, 9)).toEqual([
    "RUN                         STATE     STEPS  STARTED (UTC)",
    `    PLAN${" ".repeat(34)}HOST    CORDONED`,
    "01m8a48jf7mwrhcdc8c0bxmf57  finished  3/10   2026-03-01 12:00",
    `    drain-${"x".repeat(30)}  laptop  node-1`,
    "01m8a48jf7mwrhcdc8c0bxmf57  finished  3/10   2026-03-01 12:00",
    `    a${" ".repeat(37)}laptop  –`,
  ]);
});

test("says so where nothing is known", () => {
  const status = {
    server: "https://k8s.example.com",
    holder: "",
    renewedAt: "",
    holderIsGone: false,
    runs: [],
    marked: [],
  };
  expect(paintAll(statusLines(status, FIXED_MILLISECONDS, ""), "none")).toContain(
    "lock    free\n\nno runs are known here",
  );
});

test("a lock whose process is gone is said to be free to take", () => {
  const status = { server: "https://api", renewedAt: "", runs: [], marked: [], holderIsGone: true };
  const text = paintAll(statusLines({ ...status, holder: "ci-1/7/01j" }, FIXED_MILLISECONDS, ""), "none");
  expect(text).toContain("lock    held by ci-1/7/01j; that process is gone, so the lock is free to take");
});

test.each<[string, Partial<StatusRun>, readonly string[]]>([
  [
    "a finished run that left a node cordoned: how it is given back",
    { phase: "finished", stopped: null },
    ["", "01run: finished, its nodes stay cordoned", "  Uncordon with:  dextre abort 01run"],
  ],
  ["one that left none: nothing", { phase: "finished", stopped: null, cordoned: [] }, []],
  [
    "a run under way: how it is stopped, not how it would be resumed",
    { phase: "running", stopped: null },
    ["", "01run is under way on laptop: Ctrl-C there stops it at a safe point"],
  ],
  [
    "one whose abort did not end: that it goes on being undone",
    { phase: "aborting", stopped: null },
    ["  Go on undoing with:  dextre abort 01run"],
  ],
  [
    "one whose process is gone: how it goes on and is undone",
    { phase: "interrupted", stopped: null },
    [
      "",
      "01run: its process is gone",
      "  Resume with:  dextre resume /state/01run/plan.json",
      "  Undo with:    dextre abort 01run",
    ],
  ],
])("says of %s", (_, fields, hints) => {
  const status = { server: "https://k8s", holder: "", renewedAt: "", holderIsGone: false, marked: [] };
  const lines = statusLines({ ...status, runs: [aRun(fields)] }, FIXED_MILLISECONDS, "");
  expect(paintAll(lines, "none").trimEnd().split("\n").slice(5)).toEqual(hints);
});
