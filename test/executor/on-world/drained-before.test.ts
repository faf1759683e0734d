import { describe, expect, it } from "vitest";
import type { RunEvent } from "#model/run.ts";
import type { Process } from "#test/simulation/process.ts";
import { aDeployment, DRAIN_ONLY, isResult, once, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3)] };
const AUTOSCALER = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

const specFor = (node: string, rest = ""): string => specOf(`{kind: Nodes, names: [${node}]}`, rest);

/** The node has been drained by a run of dextre that is over: returns that run. */
async function drained(stage: Stage, node: string): Promise<string> {
  const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)));
  expect(end).toMatchObject({ exit: 0, cordoned: [node] });
  return end.run;
}

const stopAt = (verb: string): ((event: RunEvent, process: Process) => void) =>
  once(
    (event) => isResult(event, verb),
    (_, process) => process.stop.abort(new Error("SIGTERM")),
  );

function onStage(test: (stage: Stage, node: string) => Promise<void>): () => Promise<void> {
  return async () => {
    const stage = new Stage(web);
    await stage.run(() => test(stage, stage.workers[0] ?? ""));
  };
}

describe("a node that a run of dextre drained before", () => {
  it(
    "and that somebody uncordoned and cordoned again stays theirs, when that one run is aborted",
    onStage(async (stage, node) => {
      const run = await drained(stage, node);
      stage.actors.uncordon(node);
      stage.actors.cordon(node);
      const end = await stage.abort(run);
      expect(end).toMatchObject({ exit: 0, left: [] });
      expect(end.undone).toEqual([
        `${node}: our marks removed; it was cordoned by somebody since and stays so`,
      ]);
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([true, []]);
    }),
  );

  it(
    "is nobody else's cordon: an abort of the second drain gives it back as it was before the first",
    onStage(async (stage, node) => {
      const first = await drained(stage, node);
      const plan = await stage.plan(specFor(node, DRAIN_ONLY));
      expect(plan.content.warnings.map(({ code }) => code)).not.toContain("W-FOREIGN-CORDON");
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0, cordoned: [node], cordonedBefore: [] });
      const tooLate = await stage.abort(first);
      expect(tooLate).toMatchObject({ exit: 0, undone: [] });
      expect(tooLate.left.join()).toContain(`but that of run ${end.run}`);
      expect(stage.isCordoned(node)).toBe(true);
      const undone = await stage.abort(end.run);
      expect(undone).toMatchObject({ exit: 0, undone: [`${node} uncordoned`], left: [] });
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([false, []]);
    }),
  );

  it(
    "is given back by an abort of a replacement that was stopped, killed with its patch under way or not",
    onStage(async (stage, node) => {
      for (const isKilled of [false, true]) {
        await drained(stage, node);
        const plan = await stage.plan(specFor(node));
        if (isKilled) {
          const isIntent = (event: RunEvent): boolean =>
            event.kind === "Recorded" && event.entry.record.kind === "StepIntent";
          await stage.applyUntilKilled(plan, isIntent, "apply");
        }
        const { end } = await stage.apply(plan, { onEvent: stopAt("resolve") });
        expect(end).toMatchObject({ exit: 4, cordoned: [node], cordonedBefore: [] });
        const undone = await stage.abort(end.run);
        expect(undone).toMatchObject({ exit: 0, undone: [`${node} uncordoned`] });
        expect([stage.isCordoned(node), stage.marks(node)]).toEqual([false, []]);
      }
      expect(stage.terminated).toEqual([]);
    }),
  );

  it(
    "stays drained where the next run stops before it evicts anything, until an abort of that run",
    onStage(async (stage, node) => {
      await drained(stage, node);
      const plan = await stage.plan(specFor(node));
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.bind(node, "late"),
        ),
      });
      expect(end).toMatchObject({ exit: 5, cordoned: [node] });
      expect(stage.isCordoned(node)).toBe(true);
      expect(await stage.abort(end.run)).toMatchObject({ exit: 0, undone: [`${node} uncordoned`] });
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([false, []]);
    }),
  );

  it(
    "is named at the run's end as somebody else's where they cordoned it anew meanwhile",
    onStage(async (stage, node) => {
      const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)), {
        onEvent: once(
          (event) => isResult(event, "evict", "done"),
          () => {
            stage.actors.uncordon(node);
            stage.actors.cordon(node);
          },
        ),
      });
      expect(end).toMatchObject({ exit: 0, cordoned: [node], cordonedBefore: [node] });
    }),
  );

  it(
    "keeps the cordon that somebody had made before all runs",
    onStage(async (stage, node) => {
      stage.actors.cordon(node);
      await drained(stage, node);
      const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)));
      expect(end).toMatchObject({ exit: 0, cordoned: [node], cordonedBefore: [node] });
      expect((await stage.abort(end.run)).undone.join()).toContain("cordoned before us and stays so");
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([true, []]);
    }),
  );

  it(
    "keeps the cordon that somebody made between the runs, by an abort or by hand",
    onStage(async (stage, node) => {
      for (const by of ["abort", "hand"]) {
        const first = await drained(stage, node);
        if (by === "abort") await stage.abort(first);
        else stage.actors.uncordon(node);
        stage.actors.cordon(node);
        const plan = await stage.plan(specFor(node, DRAIN_ONLY));
        expect(plan.content.warnings.map(({ code }) => code)).toContain("W-FOREIGN-CORDON");
        const { end } = await stage.apply(plan);
        expect(end).toMatchObject({ exit: 0, cordonedBefore: [node] });
        await stage.abort(end.run);
        expect([stage.isCordoned(node), stage.marks(node)]).toEqual([true, []]);
        stage.actors.uncordon(node);
      }
    }),
  );

  it(
    "and was uncordoned by hand since is given back as it is",
    onStage(async (stage, node) => {
      await drained(stage, node);
      stage.actors.uncordon(node);
      const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)));
      await stage.abort(end.run);
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([false, []]);
    }),
  );
});

describe("the autoscaler's annotation of a node that was drained twice", () => {
  for (const before of [null, "true", "false"]) {
    it(
      `is ${before ?? "away"} again after an abort, as it was before the first drain`,
      onStage(async (stage, node) => {
        if (before !== null) stage.annotate(node, { [AUTOSCALER]: before });
        await drained(stage, node);
        expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER]).toBe("true");
        const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)));
        await stage.abort(end.run);
        expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER] ?? null).toBe(before);
      }),
    );
  }

  it(
    "is what somebody set between the drains",
    onStage(async (stage, node) => {
      await drained(stage, node);
      stage.annotate(node, { [AUTOSCALER]: "false" });
      const { end } = await stage.apply(await stage.plan(specFor(node, DRAIN_ONLY)));
      expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER]).toBe("true");
      await stage.abort(end.run);
      expect(stage.node(node)?.metadata.annotations?.[AUTOSCALER]).toBe("false");
    }),
  );
});
