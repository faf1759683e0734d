import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workTree } from "#test/rig/paths.ts";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin } from "./harness/cluster-truth.ts";
import { readFleetLog } from "./harness/fleet-truth.ts";
import { evictionsBy, terminatesByInstance, writesBy } from "./harness/judge-requests.ts";
import { aWorkplace, expectExit, type Workplace } from "./harness/roll.ts";
import type { ProgramEnd } from "./harness/run-program.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";

let rig: TestRig;

beforeAll(async () => {
  rig = await startTestRig("stuck", { scenario: "stuck" });
});

afterAll(async () => {
  await rig?.stop();
});

const said = ({ stdout, stderr }: ProgramEnd): string => stdout + stderr;

/** Applies the plan of a trouble, which stops, and aborts its run; what was said, and what was done. */
async function stopAndAbort(place: Workplace, trouble: string) {
  const granted = async () => evictionsBy(await readAudit(rig)).filter(({ code }) => code === 201);
  const before = (await granted()).length;
  await place.plan(`test/e2e/specs/stuck-${trouble}.yaml`);
  const stopped = await place.dextre("apply", place.planFile).ended;
  const cordoned = await cordonedNodes(rig);
  const started = place.journals()[0]?.[0]?.record;
  const run = started?.kind === "RunStarted" ? started.run : "no run";
  const aborted = await place.dextre("abort", run).ended;
  return { stopped, cordoned, run, aborted, evictions: (await granted()).slice(before) };
}

/** Nothing of ours is left: no cordon, no annotation, no lock, no instance ended, no run to take up. */
async function expectNothingLeft(place: Workplace): Promise<void> {
  expect(await cordonedNodes(rig)).toEqual([]);
  expect(await annotationsOfOurs(rig)).toEqual([]);
  const leases = await listAsAdmin(rig, "/apis/coordination.k8s.io/v1/namespaces/dextre-system/leases");
  expect(leases.map((lease) => lease.spec?.holderIdentity ?? "")).toEqual([""]);
  expect(terminatesByInstance(readFleetLog(rig))).toEqual(new Map());
  const status = await place.dextre("status").ended;
  expectExit(status, 0);
  expect(said(status)).not.toMatch(/unfinished/);
}

describe("a budget that never allows", () => {
  it("ends plan and apply with exit 3, names the budget, and changes nothing", async () => {
    const place = aWorkplace(rig);
    try {
      const spec = join(workTree(), "test/e2e/specs/stuck-budget.yaml");
      const planned = await place.dextre("plan", "-f", spec, "--out", place.planFile).ended;
      expectExit(planned, 3);
      expect(said(planned)).toMatch(/B-BUDGET-NEVER-ALLOWS/);
      const applied = await place.dextre("apply", place.planFile).ended;
      expectExit(applied, 3);
      expect(said(applied)).toMatch(/default\/ledger never allows a disruption.*maxUnavailable 0/);
      expect(said(applied)).toMatch(/E-PLAN-BLOCKED/);
      expect(writesBy(await readAudit(rig), "dextre")).toEqual([]);
      expect(place.hasRun()).toBe(false);
      expect(await cordonedNodes(rig)).toEqual([]);
    } finally {
      place.remove();
    }
  });
});

describe("a replacement that never gets Ready", () => {
  it("stops the run with exit 5, the reason and the next commands; abort leaves nothing behind", async () => {
    const place = aWorkplace(rig);
    try {
      const { stopped, cordoned, run, aborted, evictions } = await stopAndAbort(place, "replacement");
      expectExit(stopped, 5);
      expect(said(stopped)).toMatch(
        /no replacement for default\/search-\S+ within 10 s: replacement search-\S+ is Running, not Ready/,
      );
      expect(said(stopped)).toMatch(/E-REPLACEMENT-TIMEOUT/);
      expect(cordoned).toHaveLength(1);
      expect(said(stopped)).toContain(`kubectl uncordon ${cordoned[0]}`);
      expect(said(stopped)).toContain(`dextre resume ${place.planFile}`);
      expect(said(stopped)).toContain(`dextre abort ${run}`);
      expect(evictions, said(stopped)).toHaveLength(1);
      expectExit(aborted, 0);
      await expectNothingLeft(place);
    } finally {
      place.remove();
    }
  });
});

describe("a pod that never stops", () => {
  it("stops the run with exit 5, the reason and the next commands; abort leaves nothing behind", async () => {
    const place = aWorkplace(rig);
    try {
      const { stopped, cordoned, run, aborted, evictions } = await stopAndAbort(place, "terminating");
      expectExit(stopped, 5);
      const [pod] = evictions;
      expect(evictions, said(stopped)).toHaveLength(1);
      expect(cordoned).toHaveLength(1);
      expect(said(stopped)).toContain(`still stopping on ${cordoned[0]}: default/${pod?.name}`);
      expect(said(stopped)).toContain(`kubectl describe pod ${pod?.name} --namespace default`);
      expect(said(stopped)).toMatch(/E-POD-STUCK/);
      expect(said(stopped)).toContain(`dextre resume ${place.planFile}`);
      expect(said(stopped)).toContain(`dextre abort ${run}`);
      expectExit(aborted, 0);
      await expectNothingLeft(place);
      const pods = await listAsAdmin(rig, "/api/v1/namespaces/default/pods?labelSelector=app%3Dmailer");
      expect(
        pods.find(({ metadata }) => metadata.uid === pod?.uid)?.metadata.deletionTimestamp,
      ).toBeDefined();
    } finally {
      place.remove();
    }
  });
});
