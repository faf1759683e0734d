import { expect, it } from "vitest";
import { type ClusterStatus, describeRuns } from "#executor/describe-runs.ts";
import { aDeployment, DRAIN_ONLY, isResult, Stage, specOf } from "./stage.ts";

async function statusFrom(
  host: string,
  { universe }: Stage,
  { readsNodes = false } = {},
): Promise<ClusterStatus> {
  const asked = universe.start(host);
  const status = await describeRuns({
    ...asked,
    store: universe.store,
    // What is under way does not wait for a reading.
    nodes: readsNodes ? (await asked.cluster.readOnce()).nodes() : [],
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

it("a drain that has finished names the node that it left cordoned, until somebody gives it back", async () => {
  const stage = new Stage({ workloads: [] });
  await stage.run(async () => {
    const [node = ""] = stage.workers;
    await stage.apply(await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY)));
    expect(await statusFrom("host-a", stage, { readsNodes: true })).toMatchObject({
      runs: [{ phase: "finished", cordoned: [node] }],
    });
    stage.actors.uncordon(node);
    expect(await statusFrom("host-a", stage, { readsNodes: true })).toMatchObject({
      runs: [{ phase: "finished", cordoned: [] }],
    });
  });
});
