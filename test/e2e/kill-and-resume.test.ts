import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin, readyByWorkload } from "./harness/cluster-truth.ts";
import { readFleetLog } from "./harness/fleet-truth.ts";
import { deletionsBy, evictionsByUid, terminatesByInstance } from "./harness/judge-requests.ts";
import { budgetViolations } from "./harness/judge-timeline.ts";
import type { RawObject } from "./harness/read-state.ts";
import {
  ALL_READY,
  aWorkplace,
  awaitAllReady,
  capacity,
  expectExit,
  type Workplace,
} from "./harness/roll.ts";
import { seeded } from "./harness/seeded.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import { watchCluster } from "./harness/watch-cluster.ts";

const SEED = Number(process.env.KILL_SEED ?? Math.trunc(Date.now() / 1000));
const RUNS = 10;
/** Of each run, which rolls one node: about 15 s where nobody kills it. */
const KILLS = 5;
/** A process lives for less than this, from its start on, before it is killed. */
const LIFE_MILLISECONDS = 4000;
/** A run that has come to its end meanwhile is short of kills; the next one makes up for it. */
let killsLeft = RUNS * KILLS;
let runs = 0;
const random = seeded(SEED);

const specOf = (node: string): string => `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: { name: one-node }
spec:
  targets: [{ kind: Nodes, names: [${node}] }]
`;

let rig: TestRig;

beforeAll(async () => {
  rig = await startTestRig("kill");
  await awaitAllReady(rig);
});

afterAll(async () => {
  await rig?.stop();
});

/** Kills the run with -9 after random whiles, as often as asked, then lets it end. How often it was killed. */
async function rollWithKills(place: Workplace, wanted: number): Promise<number> {
  for (let kills = 0; ; kills += 1) {
    const child = place.dextre(place.hasRun() ? "resume" : "apply", place.planFile);
    const timer =
      kills < wanted && setTimeout(() => child.kill("SIGKILL"), 200 + random() * LIFE_MILLISECONDS);
    const end = await child.ended;
    clearTimeout(timer || undefined);
    if (end.signal === "SIGKILL") continue;
    expectExit(end, 0);
    return kills;
  }
}

/** The worker that has been there the longest. */
async function oldestWorker(): Promise<RawObject> {
  const workers = await listAsAdmin(rig, "/api/v1/nodes?labelSelector=node-role.kubernetes.io%2Fnode");
  const [oldest] = workers.toSorted((a, b) => (bornAt(a) < bornAt(b) ? -1 : 1));
  if (!oldest) throw new Error("no workers");
  return oldest;
}

const bornAt = ({ metadata }: RawObject): string => `${metadata.creationTimestamp} ${metadata.name}`;

/** Rolls a node, kills the run on its way, and judges by what the servers saw. */
async function rollAndJudge(kills: number): Promise<void> {
  const watch = await watchCluster(rig);
  const place = aWorkplace(rig);
  try {
    const { instances: old, ...sizes } = await capacity(rig);
    const node = await oldestWorker();
    const instance = node.spec?.providerID?.split("/").at(-1) ?? "";
    await place.planText(specOf(node.metadata.name));
    killsLeft -= await rollWithKills(place, kills);
    runs += 1;
    const timeline = await watch.timeline();

    const { instances, ...sizesAfter } = await capacity(rig);
    expect(sizesAfter).toEqual(sizes);
    expect(instances).toHaveLength(old.length);
    expect(old.filter((id) => !instances.includes(id))).toEqual([instance]);
    expect(await cordonedNodes(rig)).toEqual([]);
    expect(await annotationsOfOurs(rig)).toEqual([]);
    await awaitAllReady(rig);
    expect(await readyByWorkload(rig)).toEqual(ALL_READY);

    const audit = await readAudit(rig);
    expect([...evictionsByUid(audit).values()].filter((requests) => requests.length > 1)).toEqual([]);
    expect(deletionsBy(audit, "dextre")).toEqual([]);
    const terminated = terminatesByInstance(readFleetLog(rig));
    expect([...terminated.values()].filter((calls) => calls.length > 1)).toEqual([]);
    expect([...terminated.keys()].length).toBe(runs);
    expect(terminated.has(instance)).toBe(true);
    expect(budgetViolations(timeline)).toEqual([]);
  } finally {
    watch.stop();
    place.remove();
  }
}

describe(`a run that is killed with -9 at random instants (KILL_SEED=${SEED})`, () => {
  for (let run = 1; run <= RUNS; run += 1) {
    it(`run ${run} of ${RUNS}: ends as if nothing had happened, with nothing done twice`, () =>
      rollAndJudge(Math.ceil(killsLeft / (RUNS - run + 1))));
  }

  it(`is killed ${RUNS * KILLS} times in all, in more runs where they ended too soon`, async () => {
    while (killsLeft > 0) await rollAndJudge(killsLeft);
    process.stderr.write(`kill -9 on the rig, KILL_SEED=${SEED}: ${RUNS * KILLS} kills in ${runs} runs\n`);
  });
});
