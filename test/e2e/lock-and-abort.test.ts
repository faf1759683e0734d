import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callKubernetes } from "#test/rig/kubernetes-access.ts";
import { readAudit } from "./harness/audit-log.ts";
import { annotationsOfOurs, cordonedNodes, listAsAdmin } from "./harness/cluster-truth.ts";
import { evictionsByUid } from "./harness/judge-requests.ts";
import { aWorkplace, awaitAllReady, expectExit, type Workplace } from "./harness/roll.ts";
import { startTestRig, type TestRig } from "./harness/test-rig.ts";

let rig: TestRig;
let place: Workplace;

beforeAll(async () => {
  rig = await startTestRig("lock");
  place = aWorkplace(rig);
  await awaitAllReady(rig);
});

afterAll(async () => {
  place?.remove();
  await rig?.stop();
});

async function cordonAsHuman(node: string): Promise<void> {
  const answer = await callKubernetes(rig.admin, {
    method: "PATCH",
    path: `/api/v1/nodes/${node}`,
    contentType: "application/merge-patch+json",
    body: { spec: { unschedulable: true } },
  });
  expect(answer.status).toBe(200);
}

describe("two applies, a stop and an abort on a real control plane", () => {
  it("lets one apply run and refuses the other, naming run and host; then stops at a signal and undoes what it did", async () => {
    const workers = "/api/v1/nodes?labelSelector=node-role.kubernetes.io%2Fnode";
    const nodes = (await listAsAdmin(rig, workers)).map((node) => node.metadata.name).sort();
    const foreign = nodes.at(-1) ?? "";
    await cordonAsHuman(foreign);
    const plan = await place.plan("plans/roll-nodes.yaml");
    expect(plan.content.warnings.map((warning) => warning.code)).toContain("W-FOREIGN-CORDON");

    const first = place.dextre("apply", place.planFile);
    await first.says(/was evicted|evicted|replaced by/, 60);
    const [run] = place.journals();
    const started = run?.[0]?.record;
    const id = started?.kind === "RunStarted" ? started.run : "no run";

    const second = await place.dextre("apply", place.planFile).ended;
    expectExit(second, 7);
    expect(second.stderr + second.stdout).toContain(id);
    expect(second.stderr + second.stdout).toMatch(/on host \S+ \(pid \d+\)/);
    expect(second.stderr + second.stdout).toContain(String(first.pid));

    const asked = Date.now();
    first.kill("SIGTERM");
    const stopped = await first.ended;
    expectExit(stopped, 4);
    expect(Date.now() - asked).toBeLessThan(6_000);
    expect(stopped.stdout + stopped.stderr).toContain(`dextre resume ${place.planFile}`);
    expect(stopped.stdout + stopped.stderr).toContain(`dextre abort ${id}`);
    expect(await cordonedNodes(rig)).toContain(foreign);
    expect((await cordonedNodes(rig)).length).toBe(2);

    const status = await place.dextre("status").ended;
    expectExit(status, 0);
    expect(status.stdout).toContain(id);

    expectExit(await place.dextre("abort", id).ended, 0);
    expect(await cordonedNodes(rig)).toEqual([foreign]);
    expect(await annotationsOfOurs(rig)).toEqual([]);
    const evictions = [...evictionsByUid(await readAudit(rig)).values()];
    expect(evictions.filter((requests) => requests.length > 1)).toEqual([]);
    expectExit(await place.dextre("resume", place.planFile).ended, 3);
  });
});
