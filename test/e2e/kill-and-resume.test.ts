import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, readyByWorkload } from "./harness/cluster-truth.ts";
import { readFleetLog } from "./harness/fleet-truth.ts";
import { deletionsBy, evictionsByUid, terminatesByInstance } from "./harness/judge-requests.ts";
import { budgetViolations } from "./harness/judge-timeline.ts";
import {
  ALL_READY,
  aWorkplace,
  awaitAllReady,
  capacity,
  expectExit,
  type Workplace,
} from "./harness/roll.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import { watchCluster } from "./harness/watch-cluster.ts";

const SEED = Number(process.env.KILL_SEED ?? Math.trunc(Date.now() / 1000));
const RUNS = 4;
const KILLS = 5;
/** A process lives for less than this before it is killed; a whole run takes about twice the sum. */
const LIFE_MILLISECONDS = 15_000;

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

let rig: TestRig;

beforeAll(async () => {
  rig = await startTestRig("kill");
  await awaitAllReady(rig);
});

afterAll(async () => {
  await rig?.stop();
});

/** Kills the run with -9 after random whiles, as often as asked, then lets it end. */
async function rollWithKills(place: Workplace, random: () => number): Promise<void> {
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = place.dextre(place.hasRun() ? "resume" : "apply", place.planFile);
    await new Promise((resolve) => setTimeout(resolve, 300 + random() * LIFE_MILLISECONDS));
    if (!child.kill("SIGKILL")) throw new Error(`ended before the kill: ${child.stdout()}${child.stderr()}`);
    expect((await child.ended).signal).toBe("SIGKILL");
  }
  expectExit(await place.dextre("resume", place.planFile).ended, 0);
}

describe(`a run that is killed with -9 at random instants (KILL_SEED=${SEED})`, () => {
  const random = seeded(SEED);
  for (let run = 1; run <= RUNS; run += 1) {
    it(`run ${run}: ends as if nothing had happened after ${KILLS} kills, with nothing done twice`, async () => {
      const place = aWorkplace(rig);
      try {
        const { instances: old, ...sizes } = await capacity(rig);
        const watch = await watchCluster(rig);
        await place.plan("plans/roll-nodes.yaml");
        await rollWithKills(place, random);
        const timeline = await watch.timeline();
        watch.stop();

        const { instances, ...sizesAfter } = await capacity(rig);
        expect(sizesAfter).toEqual(sizes);
        expect(instances).toHaveLength(old.length);
        expect(instances.filter((id) => old.includes(id))).toEqual([]);
        expect(await cordonedNodes(rig)).toEqual([]);
        expect(await annotationsOfOurs(rig)).toEqual([]);
        await awaitAllReady(rig);
        expect(await readyByWorkload(rig)).toEqual(ALL_READY);

        const audit = await readAudit(rig);
        expect([...evictionsByUid(audit).values()].filter((requests) => requests.length > 1)).toEqual([]);
        expect(deletionsBy(audit, "dextre")).toEqual([]);
        const terminated = terminatesByInstance(readFleetLog(rig));
        expect([...terminated.values()].filter((calls) => calls.length > 1)).toEqual([]);
        expect(old.every((id) => terminated.has(id))).toBe(true);
        expect(budgetViolations(timeline)).toEqual([]);
      } finally {
        place.remove();
      }
    });
  }
});
