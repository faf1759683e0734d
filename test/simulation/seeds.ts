import { describe, expect, it } from "vitest";
import type { RunEvent } from "#model/run.ts";
import { type RandomRun, randomRun } from "./random-run.ts";

/** Many seconds on a busy machine; the time is no claim, only an end. */
const END_MILLISECONDS = 900_000;

/**
 * A share of the random universes as one test. SEED=N tries that one alone, SEEDS=N that many from
 * the first on.
 */
export function testSeeds(first: number, count: number): void {
  const only = process.env.SEED === undefined ? null : Number(process.env.SEED);
  const seeds = only === null ? Number(process.env.SEEDS ?? count) : 1;
  const from = only ?? first;
  describe(`${seeds} random small clusters in virtual time, each with up to two crashes, from SEED=${from}`, () => {
    it(
      "ends every run, evicts no pod twice, breaks no budget, and leaves everything as it should be",
      () => judgeSeeds(from, seeds),
      END_MILLISECONDS,
    );
  });
}

async function judgeSeeds(first: number, count: number): Promise<void> {
  const runs: RandomRun[] = [];
  for (let seed = first; seed < first + count; seed += 1) runs.push(await randomRun(seed));
  const faulty = runs.filter((run) => run.violations.length > 0 || run.end.exit !== 0);
  expect(faulty.map(story)).toEqual([]);
  if (count < 50) return;
  expect(runs.reduce((sum, run) => sum + run.crashes, 0)).toBeGreaterThan(count / 2);
  expect(runs.reduce((sum, run) => sum + run.evictions, 0)).toBeGreaterThan(count * 5);
}

/** The one command that shows it again. */
function story(run: RandomRun): string {
  const again = `SEED=${run.seed} npx vitest run --project unit test/simulation/random-seeds-1`;
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
