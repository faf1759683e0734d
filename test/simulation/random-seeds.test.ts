import { describe, expect, it } from "vitest";
import type { RunEvent } from "#model/run.ts";
import { type RandomRun, randomRun } from "./random-run.ts";

const SEEDS = Number(process.env.SEEDS ?? 500);
const FIRST = Number(process.env.SEED ?? 1);

describe(`${SEEDS} random small clusters in virtual time, each with up to two crashes (SEED=${FIRST})`, () => {
  it("ends every run, evicts no pod twice, breaks no budget, and leaves everything as it should be", async () => {
    const runs: RandomRun[] = [];
    for (let seed = FIRST; seed < FIRST + SEEDS; seed += 1) runs.push(await randomRun(seed));
    const faulty = runs.filter((run) => run.violations.length > 0 || run.end.exit !== 0);
    expect(faulty.map(story)).toEqual([]);
    expect(runs.reduce((sum, run) => sum + run.crashes, 0)).toBeGreaterThan(SEEDS / 2);
    expect(runs.reduce((sum, run) => sum + run.evictions, 0)).toBeGreaterThan(SEEDS * 5);
  }, 120_000);
});

/** The one command that shows it again. */
function story(run: RandomRun): string {
  const again = `SEED=${run.seed} SEEDS=1 npx vitest run --project unit test/simulation`;
  const last = run.events.slice(-14).map(sentence).join("\n  ");
  return `${again}: exit ${run.end.exit} ${run.end.code} ${run.end.message}; ${run.violations.join("; ")}\n  ${last}`;
}

function sentence(event: RunEvent): string {
  switch (event.kind) {
    case "Recorded":
      return `${event.entry.at} ${JSON.stringify(event.entry.record)}`;
    case "StepStarted":
      return `${event.at} ${event.step} started`;
    case "StepWaiting":
      return `${event.at} ${event.step} waits: ${event.reason.code} ${event.reason.message}`;
    case "Notice":
      return `${event.at} ${event.code} ${event.message}`;
  }
}
