import { describe, expect, it } from "vitest";
import { aDeployment, DRAIN_ONLY, isResult, once, Stage, specOf } from "./stage.ts";

const drain = (stage: Stage): string => specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY);
const web = { workloads: [aDeployment("web", 3)] };

describe("a cordon that somebody else made", () => {
  it("is remembered, reported, and still there after an abort; our marks are not", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(drain(stage));
      stage.actors.cordon(node);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "resolve"),
          (_, process) => process.stop.abort(new Error("SIGTERM")),
        ),
      });
      expect(end).toMatchObject({ exit: 4, cordoned: [node] });
      expect(stage.marks(node)).not.toEqual([]);
      const undone = await stage.abort(end.run);
      expect(undone).toMatchObject({ exit: 0 });
      expect(undone.undone.join()).toContain("cordoned before us and stays so");
      expect(stage.isCordoned(node)).toBe(true);
      expect(stage.marks(node)).toEqual([]);
    });
  });

  it("is not said to stay where somebody took it back since", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(drain(stage));
      stage.actors.cordon(node);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "resolve"),
          (_, process) => process.stop.abort(new Error("SIGTERM")),
        ),
      });
      stage.actors.uncordon(node);
      expect(await stage.abort(end.run)).toMatchObject({ exit: 0, undone: [`${node}: our marks removed`] });
      expect([stage.isCordoned(node), stage.marks(node)]).toEqual([false, []]);
    });
  });

  it("is still there after our own cordon was taken back", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(drain(stage));
      stage.actors.cordon(node);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.bind(node, "late"),
        ),
      });
      expect(end).toMatchObject({ exit: 5, cordoned: [] });
      expect(stage.isCordoned(node)).toBe(true);
      expect(stage.marks(node)).toEqual([]);
    });
  });

  it("and an autoscaler's own annotation are put back as they were", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(drain(stage));
      const key = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
      const patch = { metadata: { annotations: { [key]: "false" } } };
      stage.actors.request("PATCH", `/api/v1/nodes/${node}`, patch);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "resolve"),
          (_, process) => process.stop.abort(new Error("SIGTERM")),
        ),
      });
      expect(stage.node(node)?.metadata.annotations?.[key]).toBe("true");
      await stage.abort(end.run);
      expect(stage.node(node)?.metadata.annotations?.[key]).toBe("false");
    });
  });
});

describe("a human's uncordon of our node", () => {
  for (const verb of ["cordon", "evict", "await"]) {
    it(`stops that node behind its ${verb} step: exit 5, with what to do, and an abort leaves it open`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 6)] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
        const { end } = await stage.apply(plan, {
          onEvent: once(
            (event) => isResult(event, verb),
            () => stage.actors.uncordon(node),
          ),
        });
        expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
        expect(end.message).toContain(`somebody uncordoned ${node}`);
        expect(end.message).toContain(`kubectl cordon ${node}`);
        expect(stage.terminated).toEqual([]);
        expect(stage.isCordoned(node)).toBe(false);
        const undone = await stage.abort(end.run);
        expect(undone).toMatchObject({ exit: 0 });
        expect(stage.isCordoned(node)).toBe(false);
        expect(stage.marks(node)).toEqual([]);
      });
    });
  }

  it("is over where the human cordons it again: a resume goes on", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "empty"),
          () => stage.actors.uncordon(node),
        ),
      });
      expect(end).toMatchObject({ exit: 5 });
      expect(stage.terminated).toEqual([]);
      stage.actors.cordon(node);
      const { end: again } = await stage.apply(plan);
      expect(again).toMatchObject({ exit: 0 });
      expect(stage.workers).not.toContain(node);
      expect(stage.log.violations).toEqual([]);
    });
  });
});
