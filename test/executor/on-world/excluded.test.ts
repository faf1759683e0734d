import { describe, expect, it } from "vitest";
import { aDeployment, isReady, isResult, once, Stage, specOf } from "./stage.ts";

const hold = (stage: Stage, node: string): void => {
  stage.actors.request("PATCH", `/api/v1/nodes/${node}`, { metadata: { labels: { hold: "1" } } });
};

describe("a node that is excluded during its drain", () => {
  for (const verb of ["cordon", "evict", "empty"]) {
    it(`after the step ${verb} keeps its instance and its place: skipped, uncordoned, exit 0`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 6, { stop: "20s" })] });
      await stage.run(async () => {
        const node = stage.workers.find((name) => stage.podsOn(name).length > 1) ?? "";
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}], exclude: hold}`));
        const { end } = await stage.apply(plan, {
          onEvent: once(
            (event) => isResult(event, verb),
            () => hold(stage, node),
          ),
        });
        expect(end).toMatchObject({ exit: 0, cordoned: [] });
        expect(stage.terminated).toEqual([]);
        if (verb !== "empty") expect(stage.evicted.length).toBeLessThan(2);
        expect(stage.isCordoned(node)).toBe(false);
        expect(stage.marks(node)).toEqual([]);
        const results = [...(await stage.results()).values()];
        expect(results.some(({ code }) => code === "R-NODE-EXCLUDED")).toBe(true);
        const standing = stage.podsOf("web").filter((pod) => !pod.metadata.deletionTimestamp);
        expect(standing.filter(isReady)).toHaveLength(6);
        expect((await stage.apply(plan)).end).toMatchObject({ exit: 0, code: "N-ALREADY-APPLIED" });
      });
    });
  }

  it("is uncordoned by the resumed run where the first was killed in between", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 6)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}], exclude: hold}`));
      await stage.applyUntilKilled(plan, (event) => isResult(event, "cordon"));
      hold(stage, node);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0, cordoned: [] });
      expect(stage.isCordoned(node)).toBe(false);
      expect(stage.terminated).toEqual([]);
    });
  });
});

describe("a node that somebody uncordons before any of its pods was evicted", () => {
  it("is not cordoned again by a resume, until they cordon it", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const node = stage.workers.find((name) => stage.podsOn(name).length > 0) ?? "";
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, "  replace: {mode: none}\n"));
      const first = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.actors.uncordon(node),
        ),
      });
      expect(first.end).toMatchObject({ exit: 5 });
      const second = await stage.apply(plan);
      expect(second.end).toMatchObject({ exit: 5 });
      expect(second.end.message).toContain("kubectl cordon");
      expect(stage.isCordoned(node)).toBe(false);
      expect(stage.evicted).toEqual([]);
      stage.actors.cordon(node);
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
    });
  });
});
