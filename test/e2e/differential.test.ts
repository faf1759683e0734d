import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { deferred } from "#test/contract/deferred.ts";
import { drawSequence } from "#test/contract/differential/draw-sequence.ts";
import type { Sequence } from "#test/contract/differential/operation.ts";
import { lanesScenario } from "#test/contract/differential/scenario.ts";
import { inGroup, minimise, type Trial, tell, trySequence } from "#test/contract/differential/try-seed.ts";
import type { Subject } from "#test/contract/subject.ts";
import { rigEnvironment } from "#test/rig/rig-state.ts";
import { type UsedRig, useRig } from "./harness/contract-rig.ts";
import { rigSubject } from "./harness/rig-subject.ts";

/*
 * Random sequences of operations on a real control plane and on the embedded cluster: the same answers, and
 * the same objects once all stands still. The same 200 each time, so that nobody's change is blamed for what
 * chance drew; SEEDS=17 or SEEDS=1001-1100 does others.
 */

const lanes = 12;
/** Every so many sequences end an instance: those take a minute longer. */
const instanceEvery = 20;
/** So long failures are made smaller, once all sequences are through. */
const minimiseMs = 3 * 60_000;

let rig: UsedRig | undefined;
let alike = 0;

function seeds(): readonly number[] {
  const wanted = process.env.SEEDS ?? "1-200";
  const [low = 0, high = low] = wanted.split("-").map(Number);
  // No sequences would all be alike.
  if (!/^\d+(-\d+)?$/.test(wanted) || high < low) throw new Error(`SEEDS=${wanted}: write 17 or 100-299`);
  return Array.from({ length: high - low + 1 }, (_, index) => low + index);
}

function replayOf(seed: number): string {
  return `SEEDS=${seed} npm run test:differential`;
}

const wanted = seeds();
const takesLong = (seed: number): boolean => seed % instanceEvery === 0;

/** What became of a sequence: undefined where both did the same, else what to tell. */
const outcomes = new Map(wanted.map((seed) => [seed, deferred<string | undefined>()]));

/** Works through the queue on all lanes side by side. */
async function onLanes<T>(queue: T[], work: (group: string, item: T) => Promise<void>): Promise<void> {
  const run = async (_: unknown, lane: number): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(`lane-${lane}`, item);
  };
  await Promise.all(Array.from({ length: lanes }, run));
}

/** One that could not even be done fails alone; the others go on. */
async function tryAll(subject: Subject): Promise<readonly Trial[]> {
  const queue = wanted.toSorted((left, right) => Number(takesLong(right)) - Number(takesLong(left)));
  const failed: Trial[] = [];
  await onLanes(queue, async (group, seed) => {
    try {
      const trial = await trySequence(subject, group, drawSequence(seed, group, takesLong(seed)));
      if (trial.differences.length > 0) {
        failed.push(trial);
        const { step, path } = trial.differences[0] ?? {};
        process.stdout.write(`differential: differs after ${step} in ${path}: ${replayOf(seed)}\n`);
        return;
      }
      alike += 1;
      outcomes.get(seed)?.settle(undefined);
    } catch (thrown) {
      outcomes.get(seed)?.settle(`${replayOf(seed)}\n${String(thrown)}`);
    }
  });
  return failed;
}

/** Tells each failure when it is as small as time allows. */
async function explain(subject: Subject, failed: readonly Trial[]): Promise<void> {
  const until = performance.now() + minimiseMs;
  await onLanes([...failed], async (group, trial) => {
    const again = (sequence: Sequence) => trySequence(subject, group, inGroup(sequence, group));
    const { seed } = trial.sequence;
    const smallest = await minimise(trial, again, () => performance.now() < until).catch(() => trial);
    outcomes.get(seed)?.settle(`${replayOf(seed)}\n${tell(smallest)}`);
  });
}

async function run(subject: Subject): Promise<void> {
  const began = performance.now();
  const failed = await tryAll(subject);
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`differential: ${alike} of ${wanted.length} sequences alike in ${seconds} s\n`);
  await explain(subject, failed);
}

beforeAll(async () => {
  const scenario = join(tmpdir(), `dextre-lanes-${process.pid}.yaml`);
  writeFileSync(scenario, JSON.stringify(lanesScenario(lanes)));
  try {
    rig = await useRig("differential", scenario);
  } finally {
    rmSync(scenario);
  }
  for (const [name, value] of Object.entries(rigEnvironment(rig.state))) vi.stubEnv(name, value);
  process.stdout.write(`differential: seeds ${wanted[0]} to ${wanted.at(-1)}\n`);
  void run(rigSubject(rig.state));
});

afterAll(async () => {
  vi.unstubAllEnvs();
  await rig?.stop();
});

describe("the embedded cluster does what a real control plane does", () => {
  for (const seed of wanted) {
    it(`sequence ${seed}`, async () => {
      const failure = await outcomes.get(seed)?.promise;
      if (failure !== undefined) throw new Error(failure);
    });
  }
});
