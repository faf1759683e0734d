import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry } from "#model/run.ts";
import { type AuditRecord, readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, readyByWorkload } from "./harness/cluster-truth.ts";
import { readFleetLog } from "./harness/fleet-truth.ts";
import { deletionsBy, evictionsByUid, terminatesByInstance } from "./harness/judge-requests.ts";
import {
  budgetViolations,
  evictionsWhileReplacementNotReady,
  lowestReady,
} from "./harness/judge-timeline.ts";
import {
  ALL_READY,
  aWorkplace,
  awaitAllReady,
  capacity,
  expectExit,
  type Workplace,
} from "./harness/roll.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";
import type { Timeline } from "./harness/timeline.ts";
import { watchCluster } from "./harness/watch-cluster.ts";

let rig: TestRig;
let place: Workplace;
let plan: Plan;
let before: Awaited<ReturnType<typeof capacity>>;
let log = "";
let audit: readonly AuditRecord[];
let timeline: Timeline;
let entries: readonly JournalEntry[];

beforeAll(async () => {
  rig = await startTestRig("roll-nodes");
  place = aWorkplace(rig);
  await awaitAllReady(rig);
  const watch = await watchCluster(rig);
  before = await capacity(rig);
  plan = await place.plan("plans/roll-nodes.yaml");
  const end = await place.dextre("apply", place.planFile).ended;
  log = end.stdout + end.stderr;
  expectExit(end, 0);
  audit = await readAudit(rig);
  timeline = await watch.timeline();
  watch.stop();
  entries = place.journals().flat();
});

afterAll(async () => {
  place?.remove();
  await rig?.stop();
});

const planned = (): readonly string[] =>
  plan.content.steps.filter((step) => step.kind === "EvictPod").map((step) => step.target.uid);

const discovered = (): readonly string[] =>
  entries.flatMap(({ record }) => (record.kind === "PodDiscovered" ? [record.steps[0].target.uid] : []));

describe("dextre plan -f plans/roll-nodes.yaml > plan.json && dextre apply plan.json, on a real control plane", () => {
  it("replaces all three instances and leaves desired, min and max as they were", async () => {
    const { instances, ...sizes } = await capacity(rig);
    const { instances: old, ...sizesBefore } = before;
    expect(sizes).toEqual(sizesBefore);
    expect(instances).toHaveLength(3);
    expect(instances.filter((id) => old.includes(id))).toEqual([]);
  });

  it("terminates each old instance once and no other", () => {
    const terminated = terminatesByInstance(readFleetLog(rig));
    expect([...terminated.keys()].sort()).toEqual(before.instances);
    expect([...terminated.values()].map((calls) => calls.length)).toEqual([1, 1, 1]);
  });

  it("leaves no node cordoned and none of its annotations", async () => {
    expect(await cordonedNodes(rig)).toEqual([]);
    expect(await annotationsOfOurs(rig)).toEqual([]);
  });

  it("ends with every workload at its replicas", async () => {
    expect(await readyByWorkload(rig)).toEqual(ALL_READY);
  });

  it("evicts each planned or discovered pod exactly once, and no other", () => {
    const evicted = evictionsByUid(audit);
    expect([...evicted.values()].filter((requests) => requests.length !== 1)).toEqual([]);
    const known = new Set([...planned(), ...discovered()]);
    expect([...evicted.keys()].filter((uid) => !known.has(uid))).toEqual([]);
    expect([...known].filter((uid) => !evicted.has(uid) && !wasSatisfied(uid))).toEqual([]);
  });

  it("meets at least one pod that came after the plan was made", () => {
    expect(discovered().length).toBeGreaterThan(0);
  });

  it("never deletes anything", () => {
    expect(deletionsBy(audit, "dextre")).toEqual([]);
  });

  it("evicts nothing while the replacement of the one before is not Ready", () => {
    expect(evictionsWhileReplacementNotReady(audit, timeline)).toEqual([]);
  });

  it("never takes a budget below its floor, nor any workload more than one below its replicas", () => {
    expect(budgetViolations(timeline)).toEqual([]);
    expect(lowestReady(timeline, "StatefulSet default/db")).toBeGreaterThanOrEqual(2);
    expect(lowestReady(timeline, "Deployment default/web")).toBeGreaterThanOrEqual(5);
    expect(lowestReady(timeline, "Deployment default/api")).toBeGreaterThanOrEqual(2);
    expect(lowestReady(timeline, "Deployment kube-system/coredns")).toBeGreaterThanOrEqual(1);
  });

  it("says in its log what it did", () => {
    expect(log).toMatch(/replaced by/);
    expect(log).toMatch(/new node/);
  });

  it("does nothing when the same plan is applied again", async () => {
    const end = await place.dextre("apply", place.planFile).ended;
    expectExit(end, 0);
    expect(end.stdout + end.stderr).toMatch(/already applied/);
  });
});

/** Planned pods that had left before their turn, by the run's own records. */
function wasSatisfied(uid: string): boolean {
  const step = plan.content.steps.find((one) => one.kind === "EvictPod" && one.target.uid === uid);
  return entries.some(
    ({ record }) =>
      record.kind === "StepResult" && record.step === step?.id && record.outcome === "satisfied",
  );
}
