import { describe, expect, test } from "vitest";
import type { RunEnd } from "#model/run.ts";
import { paintAll } from "#render/palette.ts";
import { endLines } from "#render/run-report.ts";

const say = (end: Partial<RunEnd>, signal = ""): string =>
  paintAll(
    endLines(
      {
        exit: 4,
        code: "E-SIGNAL",
        message: "stopped at a safe point, as asked",
        run: "01run",
        cordoned: [],
        ...end,
      },
      { planFile: "plans/a.json", signal, flags: " --context prod" },
    ),
    "none",
  );

describe("the last lines of a run", () => {
  test("name what is cordoned, how to go on and how to undo it", () => {
    expect(say({ cordoned: ["node-1", "node-2"] }, "SIGTERM")).toBe(
      "Stopped at a safe point (SIGTERM). All that was sent is answered.\n" +
        "2 nodes are cordoned by this run: node-1 and node-2.\n" +
        "E-SIGNAL\n" +
        "Resume with:  dextre resume plans/a.json --context prod\n" +
        "Undo with:    dextre abort 01run --context prod\n",
    );
  });

  test("tell this run's cordons from those that were there before", () => {
    const text = say({ cordoned: ["node-1", "node-2"], cordonedBefore: ["node-2"] });
    expect(text).toContain(
      "1 node is cordoned by this run: node-1.\n1 node stays cordoned by somebody else: node-2.\n",
    );
  });

  test("give what to do a line of its own, whole", () => {
    const help = "its old place comes back with: kubectl uncordon node-1";
    const text = say({
      exit: 5,
      message: `no replacement: ${"0/4 nodes are available ".repeat(20)}; ${help}`,
    });
    expect(text.split("\n")[1]).toBe(`  ${help}`);
  });

  test("claim nothing of cordons where no run was taken up", () => {
    const text = say({ run: "", message: "stopped before anything was changed" });
    expect(text).toContain("Stopped: stopped before anything was changed.");
    expect(text).not.toContain("cordoned");
  });

  test.each([3, 7, 8])("say of exit %i that nothing was changed, and offer no resume", (exit) => {
    const text = say({ exit, run: "", code: "E-LOCKED", message: "another run is under way; wait for it" });
    expect(text).toBe(
      "Refused, nothing was changed: another run is under way\n  wait for it\nE-LOCKED. See: dextre explain E-LOCKED\n",
    );
  });

  test("say of a refusal what to do, by its code where the message does not", () => {
    const message = 'no answer; asked: context "prod" at https://api';
    expect(say({ exit: 3, run: "", code: "E-UNAUTHORIZED", message })).toBe(
      [
        "Refused, nothing was changed: no answer",
        '  asked: context "prod" at https://api',
        "  Log in again as you do for kubectl, and repeat the command; a run that stopped is resumed.",
        "E-UNAUTHORIZED. See: dextre explain E-UNAUTHORIZED\n",
      ].join("\n"),
    );
  });

  test("do not say that all is answered where an outcome is unknown", () => {
    const text = say({ exit: 6, code: "E-OUTCOME-UNKNOWN", message: "the eviction of default/db-0" });
    expect(text).not.toContain("is answered");
    expect(text).toContain("dextre resume plans/a.json");
  });
});
