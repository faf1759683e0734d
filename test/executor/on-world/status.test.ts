import { expect, it } from "vitest";
import { type ClusterStatus, describeRuns } from "#executor/describe-runs.ts";
import { aDeployment, DRAIN_ONLY, isResult, Stage, specOf } from "./stage.ts";

async function statusFrom(host: string, { universe }: Stage): Promise<ClusterStatus> {
  const asked = universe.start(host);
  const status = await describeRuns({
    ...asked,
    store: universe.store,
    nodes: [],
    stop: asked.stop.signal,
  });
  universe.kill(asked);
  return status;
}

it("a run whose process was killed is interrupted, and its lock free, as far as its own machine can tell", async () => {
  const stage = new Stage({ workloads: [aDeployment("web", 3)] });
  await stage.run(async () => {
    const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY));
    let alive: Promise<ClusterStatus> | undefined;
    await stage.applyUntilKilled(plan, (event) => {
      if (isResult(event, "cordon")) alive = statusFrom("host-a", stage);
      return isResult(event, "evict");
    });
    expect(await alive).toMatchObject({ holderIsGone: false, runs: [{ phase: "running" }] });
    const dead = await statusFrom("host-a", stage);
    expect(dead).toMatchObject({ holderIsGone: true, runs: [{ phase: "interrupted" }] });
    expect(dead.holder).toMatch(/^host-a\/\d+\/run-/);
    expect(await statusFrom("host-b", stage)).toMatchObject({ holderIsGone: false });
  });
});
