import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { drawSequence } from "#test/contract/differential/draw-sequence.ts";
import { lanesScenario } from "#test/contract/differential/scenario.ts";
import { inGroup, minimise, type Trial, tell, trySequence } from "#test/contract/differential/try-seed.ts";
import type { Subject } from "#test/contract/subject.ts";
import { rigEnvironment } from "#test/rig/rig-state.ts";
import { type UsedRig, useRig } from "./harness/contract-rig.ts";
import { rigSubject } from "./harness/rig-subject.ts";

/*
 * Random sequences of operations on a real control plane and on the embedded cluster: the same answers, and
 * the same objects once all stands still. SEEDS=17 or SEEDS=100-299 runs those again and no others.
 */

const lanes = 12;
/** Every so many sequences may end an instance: those take a minute longer. */
const instanceEvery = 10;
/** So long failures are made smaller, once all sequences are through. */
const minimiseMs = 3 * 60_000;

let rig: UsedRig;
let subject: Subject;

beforeAll(async () => {
  const scenario = join(tmpdir(), `dextre-lanes-${process.pid}.yaml`);
  writeFileSync(scenario, JSON.stringify(lanesScenario(lanes)));
  try {
    rig = await useRig("differential", scenario);
  } finally {
    rmSync(scenario);
  }
  for (const [name, value] of Object.entries(rigEnvironment(rig.state))) vi.stubEnv(name, value);
  subject = rigSubject(rig.state);
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rig?.stop();
});

function seeds(): readonly number[] {
  const first = Math.floor(Date.now() / 1000) % 1_000_000;
  const wanted = process.env.SEEDS ?? `${first}-${first + 199}`;
  const [low = 0, high = low] = wanted.split("-").map(Number);
  // No sequences would all be alike.
  if (!/^\d+(-\d+)?$/.test(wanted) || high < low) throw new Error(`SEEDS=${wanted}: write 17 or 100-299`);
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

/** Works through the queue on all lanes side by side. */
async function onLanes<T>(queue: T[], work: (group: string, item: T) => Promise<void>): Promise<void> {
  const run = async (_: unknown, lane: number): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(`lane-${lane}`, item);
  };
  await Promise.all(Array.from({ length: lanes }, run));
}

it("does on the embedded cluster what a real control plane does, whatever is done to both", async () => {
  const wanted = seeds();
  const began = performance.now();
  process.stdout.write(`differential: seeds ${wanted[0]} to ${wanted.at(-1)}\n`);
  const takesLong = (seed: number): boolean => seed % instanceEvery === 0;
  const queue = wanted.toSorted((left, right) => Number(takesLong(right)) - Number(takesLong(left)));
  const failed: Trial[] = [];
  await onLanes(queue, async (group, seed) => {
    const trial = await trySequence(subject, group, drawSequence(seed, group, takesLong(seed)));
    if (trial.differences.length > 0) failed.push(trial);
  });
  const seconds = Math.round((performance.now() - began) / 1000);
  const alike = wanted.length - failed.length;
  process.stdout.write(`differential: ${alike} of ${wanted.length} sequences alike in ${seconds} s\n`);
  const until = performance.now() + minimiseMs;
  await onLanes([...failed], async (group, trial) => {
    const again = (sequence: Trial["sequence"]) => trySequence(subject, group, inGroup(sequence, group));
    process.stdout.write(`${tell(await minimise(trial, again, () => performance.now() < until))}\n`);
  });
  const replay = failed.map(
    ({ sequence }) =>
      `SEEDS=${sequence.seed} npx vitest run --project differential test/e2e/differential.test.ts`,
  );
  expect(replay).toEqual([]);
});
