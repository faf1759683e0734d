import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { RunScreen } from "#cli/run-screen.ts";
import type { Code } from "#model/codes.ts";
import { FIXED_MILLISECONDS, FIXED_TIME } from "#test/builders/fixed.ts";
import { aRollingPlan } from "#test/render/a-rolling-plan.ts";
import { begun, recorded, started } from "#test/render/run-events.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const STEP = "node/ip-10-0-1-4/evict/default/db-0";
const LONGER_THAN_A_TICK = 300;

test("a log says a wait once, however its words change; another reason is news", async () => {
  const { stdout: output, said } = memoryTerminal();
  const clock = { now: () => FIXED_MILLISECONDS + 10_000 };
  const screen = new RunScreen({ plan: aRollingPlan(), before: [], output, clock });
  const waits = async (code: Code, message: string): Promise<void> => {
    screen.show({ kind: "StepWaiting", step: STEP, at: FIXED_TIME, reason: { code, message } });
    await setTimeout(LONGER_THAN_A_TICK);
  };
  screen.show(begun());
  screen.show(started(1, STEP));
  await waits("N-BUDGET", "budget default/db: 2 healthy, 2 needed");
  await waits("N-BUDGET", "the server says the same in other words");
  await waits("N-THROTTLED", "the API server asks to go slower");
  screen.finish({ exit: 4, code: "E-NODES-STOPPED", message: "", run: "", cordoned: [] });
  const lines = said.stdout.split("\n").filter((line) => line.includes("◌"));
  expect(lines.map((line) => line.replace(/.*default\/db-0 {2}/, ""))).toEqual([
    "budget default/db: 2 healthy, 2 needed",
    "the API server asks to go slower",
  ]);
});

test("a log does not go back in time, whatever was held back or became durable late", async () => {
  const { stdout: output, said } = memoryTerminal();
  let seconds = 0;
  const clock = { now: () => FIXED_MILLISECONDS + seconds * 1000 };
  const at = (second: number): string => new Date(FIXED_MILLISECONDS + second * 1000).toISOString();
  const screen = new RunScreen({ plan: aRollingPlan(), before: [], output, clock });
  screen.show(begun());
  screen.show(started(1, STEP));
  const reason = { code: "N-BUDGET", message: "not yet" } as const;
  screen.show({ kind: "StepWaiting", step: STEP, at: at(1), reason });
  screen.show({ kind: "Notice", at: at(5), code: "N-THROTTLED", message: "slower" });
  screen.show(recorded(4, { kind: "RunStopped", code: "E-NODES-STOPPED", message: "stopped", exit: 4 }));
  seconds = 7;
  await setTimeout(LONGER_THAN_A_TICK);
  screen.finish({ exit: 4, code: "E-NODES-STOPPED", message: "", run: "", cordoned: [] });
  expect(
    said.stdout.split("\n").flatMap((line) => /T12:00:(\d\d)Z {2}(\S+)/.exec(line)?.slice(1).join(" ") ?? []),
  ).toEqual(["00 run", "05 !", "05 ✗", "07 ◌"]);
});
