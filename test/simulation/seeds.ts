import { describe, expect, it } from "vitest";
import { runSeed, type SeedRun } from "./run-seed.ts";

/** Many seconds on a busy machine; the time is no claim, only an end. */
const END_MILLISECONDS = 900_000;

/** A share of the storm's seeds as one test. */
export function testSeeds(first: number, count: number): void {
  describe(`${count} clusters in virtual time, each in a storm of its own, from seed ${first}`, () => {
    it(
      "end every run, evict no pod twice, break no budget, and are left as they should be",
      () => judgeSeeds(first, count),
      END_MILLISECONDS,
    );
  });
}

async function judgeSeeds(first: number, count: number): Promise<void> {
  const runs: SeedRun[] = [];
  for (let seed = first; seed < first + count; seed += 1) runs.push(await runSeed(seed));
  expect(runs.filter((run) => run.violations.length > 0).map(story)).toEqual([]);
  expect(runs.reduce((sum, run) => sum + run.kills, 0)).toBeGreaterThan(count / 2);
  expect(runs.reduce((sum, run) => sum + run.evictions, 0)).toBeGreaterThan(count * 5);
}

/** The one command that shows it again. */
function story({ seed, violations }: SeedRun): string {
  return `npm run storm -- --seed ${seed}: ${violations.slice(0, 5).join("; ")}`;
}
