import { describe, expect, it } from "vitest";
import { type AbortEnd, abortRun } from "#executor/abort-run.ts";
import { describeRuns } from "#executor/describe-runs.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent } from "#model/run.ts";
import { Machine } from "#test/simulation/machine.ts";
import type { Process } from "#test/simulation/process.ts";
import { aDeployment, DRAIN_ONLY, isResult, once, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3)] };

/** From another machine, without the journal. */
async function abortElsewhere(stage: Stage, run: string): Promise<AbortEnd> {
  const elsewhere = stage.universe.start("host-b");
  const { client, host, cluster, leases } = elsewhere;
  return abortRun({
    run,
    cluster,
    leases,
    scaling: null,
    store: new Machine(1).store(),
    clock: client.clock,
    host,
    emit: () => undefined,
    stop: elsewhere.stop.signal,
  });
}

async function stopAfterCordon(stage: Stage, plan: Plan, host = "host-a"): Promise<RunEnd> {
  const onEvent = once(
    (event) => isResult(event, "cordon"),
    (_, process) => process.stop.abort(new Error("SIGTERM")),
  );
  const { end } = await stage.apply(plan, { host, onEvent });
  return end;
}

const AUTOSCALER = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
const MARKER = "dextre.dev/cordon";

describe("abort", () => {
  it("closes a run whose machine is gone, by its marks on the nodes, and leaves another's cordon", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [first = "", second = ""] = stage.workers;
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      stage.actors.cordon(second);
      const end = await stopAfterCordon(stage, plan);
      expect(end).toMatchObject({ exit: 4, cordoned: [first] });
      const aborted = await abortElsewhere(stage, end.run);
      expect(aborted).toMatchObject({ exit: 0, left: [] });
      expect(aborted.undone).toEqual([`${first} uncordoned`]);
      expect([stage.isCordoned(first), stage.isCordoned(second)]).toEqual([false, true]);
      expect(stage.marks(first)).toEqual([]);
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("from another machine lets a new run have the nodes, and the old one is not resumed beside it", async () => {
    const stage = new Stage(web, { machineOf: (host) => host });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const first = await stopAfterCordon(stage, plan);
      expect(await stage.abort(first.run, "host-b")).toMatchObject({
        exit: 0,
        undone: [`${node} uncordoned`],
      });
      const second = await stopAfterCordon(stage, plan, "host-b");
      expect(second).toMatchObject({ exit: 4, cordoned: [node] });
      stage.sent.length = 0;
      const resumed = await stage.apply(plan);
      expect(resumed.end).toMatchObject({ exit: 7, code: "E-RUN-ELSEWHERE" });
      expect(resumed.end.message).toContain(`run ${second.run} (staged) is unfinished`);
      expect(stage.cordonRequests).toEqual([]);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("from another machine closes the run for good: its own machine resumes it no more, and begins anew once it is closed there too", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const { run } = await stopAfterCordon(stage, plan);
      expect(await abortElsewhere(stage, run)).toMatchObject({ exit: 0, undone: [`${node} uncordoned`] });
      const own = stage.universe.start("host-a");
      const status = await describeRuns({
        ...own,
        store: stage.universe.store,
        nodes: [],
        stop: own.stop.signal,
      });
      expect(status.runs).toMatchObject([
        { phase: "aborting", stopped: expect.stringContaining("another machine") },
      ]);
      stage.universe.kill(own);
      stage.sent.length = 0;
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-RUN-UNKNOWN" });
      expect(end.message).toContain(`close it here with: dextre abort ${run}`);
      expect(stage.cordonRequests).toEqual([]);
      expect(await stage.abort(run)).toMatchObject({ exit: 0, undone: [] });
      expect((await stage.apply(plan)).end.exit).toBe(0);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("without the journal leaves the autoscaler's annotation as it was before the run", async () => {
    for (const before of ["true", "false"]) {
      const stage = new Stage(web);
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        stage.annotate(node, { [AUTOSCALER]: before });
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
        const end = await stopAfterCordon(stage, plan);
        expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER]).toBe("true");
        const aborted = await abortElsewhere(stage, end.run);
        expect(aborted).toMatchObject({ exit: 0, undone: [`${node} uncordoned`], left: [] });
        expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER]).toBe(before);
      });
    }
  });

  it("keeps the autoscaler's annotation where the marker is of a dextre that did not note it", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
      const end = await stopAfterCordon(stage, plan);
      stage.annotate(node, { [MARKER]: JSON.stringify({ run: end.run, wasUnschedulable: false }) });
      const aborted = await abortElsewhere(stage, end.run);
      expect(aborted.undone.join()).toMatch(new RegExp(`^${node} uncordoned; .*scale-down-disabled stays`));
      expect(stage.marks(node)).toEqual([AUTOSCALER]);
    });
  });

  it("gives back what a finished drain left cordoned, and only its marks where somebody uncordoned it", async () => {
    for (const uncordoned of [false, true]) {
      const stage = new Stage(web);
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
        const { end } = await stage.apply(plan);
        expect(end).toMatchObject({ exit: 0 });
        expect(stage.isCordoned(node)).toBe(true);
        if (uncordoned) stage.actors.uncordon(node);
        const aborted = await stage.universe.abort(stage.universe.start(), end.run);
        expect(aborted).toMatchObject({ exit: 0, left: [] });
        expect(aborted.undone).toEqual([uncordoned ? `${node}: our marks removed` : `${node} uncordoned`]);
        expect(stage.isCordoned(node)).toBe(false);
        expect(stage.marks(node)).toEqual([]);
      });
    }
  });

  it("says nothing of nodes that the run saw to their end long ago", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      let rolled = 0;
      const onEvent = (event: RunEvent, process: Process): void => {
        if (isResult(event, "new-node")) rolled += 1;
        if (rolled === 1 && isResult(event, "cordon")) process.stop.abort(new Error("SIGTERM"));
      };
      const { end } = await stage.apply(plan, { onEvent });
      expect(end).toMatchObject({ exit: 4 });
      const aborted = await stage.universe.abort(stage.universe.start(), end.run);
      expect(aborted).toMatchObject({ exit: 0, undone: [`${end.cordoned[0]} uncordoned`], left: [] });
    });
  });
});
