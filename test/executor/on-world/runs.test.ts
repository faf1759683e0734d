import { describe, expect, it } from "vitest";
import type { Plan } from "#model/plan.ts";
import type { RunEnd } from "#model/run.ts";
import { aDeployment, DRAIN_ONLY, isResult, noticesOf, once, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3)] };
const drain = (node: string | undefined, name = "staged"): string =>
  specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY).replace("staged", name);

/** Applies and stops behind that step. */
function stoppedBehind(verb: string, stage: Stage, plan: Plan, host?: string): Promise<RunEnd> {
  const onEvent = once(
    (event) => isResult(event, verb),
    (_, process) => process.stop.abort(new Error("SIGTERM")),
  );
  return stage.apply(plan, host === undefined ? { onEvent } : { onEvent, host }).then(({ end }) => end);
}

describe("a live run", () => {
  for (const host of ["host-a", "host-b"]) {
    it(`refuses every other one, from ${host}: exit 7, with holder, host and since when`, async () => {
      const stage = new Stage(web);
      await stage.run(async () => {
        const [, second] = stage.workers;
        const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
        const other = await stage.plan(drain(second));
        const since = new Date(stage.universe.driver.now()).toISOString().slice(0, 16);
        const running = stage.apply(plan, { host: "host-a" });
        await stage.wait(5);
        const { end } = await stage.apply(other, { host });
        const { end: done } = await running;
        expect(done).toMatchObject({ exit: 0 });
        expect(end).toMatchObject({ exit: 7, code: "E-LOCKED", run: "" });
        expect(end.message).toContain(done.run);
        expect(end.message).toContain("host host-a");
        expect(end.message).toContain(`since ${since}`);
        expect(stage.log.violations).toEqual([]);
      });
    });
  }

  it("refuses its own abort: exit 7", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`));
      const running = stage.apply(plan);
      await stage.wait(5);
      const run = (await stage.universe.store.read(stage.universe.clusterUid)).runs[0]?.run ?? "";
      expect(await stage.abort(run)).toMatchObject({ exit: 7, code: "E-LOCKED" });
      expect((await running).end).toMatchObject({ exit: 0 });
    });
  });
});

describe("a stopped, unfinished run", () => {
  it("refuses a plan that shares a node: exit 7, offering resume and abort", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [first] = stage.workers;
      const plan = await stage.plan(drain(first));
      const other = await stage.plan(drain(first, "again"));
      const stopped = await stoppedBehind("cordon", stage, plan);
      expect(stopped).toMatchObject({ exit: 4 });
      for (const host of ["host-a", "host-b"]) {
        const { end } = await stage.apply(other, { host });
        expect(end).toMatchObject({ exit: 7, code: "E-RUN-OVERLAPS", run: "" });
        expect(end.message).toContain(`works on node ${first} too`);
        expect(end.message).toMatch(/resume/);
        expect(end.message).toContain(`dextre abort ${stopped.run}`);
      }
    });
  });

  it("refuses a plan that shares a group, and one whose pods are on its nodes", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [first, second] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${first}]}`));
      const sameGroup = await stage.plan(specOf(`{kind: Nodes, names: [${second}]}`));
      const samePods = await stage.plan(specOf(`{kind: Pods, namespaces: [default], selector: "app=web"}`));
      await stoppedBehind("cordon", stage, plan);
      expect((await stage.apply(sameGroup)).end).toMatchObject({ exit: 7, code: "E-RUN-OVERLAPS" });
      expect((await stage.apply(samePods)).end).toMatchObject({ exit: 7, code: "E-RUN-OVERLAPS" });
    });
  });

  it("lets others proceed, which are told of it: an emergency drain stays possible", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [first, second] = stage.workers;
      const plan = await stage.plan(drain(first));
      const other = await stage.plan(drain(second, "emergency"));
      const stopped = await stoppedBehind("cordon", stage, plan);
      const { end, process } = await stage.apply(other, { host: "host-b" });
      expect(end).toMatchObject({ exit: 0 });
      expect(noticesOf(process)).toContain("N-OTHER-RUN");
      expect(JSON.stringify(process.events)).toContain(stopped.run);
      const { end: resumed } = await stage.apply(plan);
      expect(resumed).toMatchObject({ exit: 0, run: stopped.run });
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("is not begun anew on a machine without its journal: exit 7, naming host and path", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage.workers[0]));
      const stopped = await stoppedBehind("cordon", stage, plan);
      const path = stage.universe.store.pathOf(stage.universe.clusterUid, stopped.run);
      const away = new Stage(web).universe.store;
      for (const mode of ["apply", "resume"] as const) {
        const process = stage.universe.start("host-b");
        const end = await stage.universe.apply(process, plan, mode, away);
        expect(end).toMatchObject({ exit: 7, code: "E-RUN-ELSEWHERE", run: "" });
        expect(end.message).toContain("host host-a");
        expect(end.message).toContain(path);
      }
      expect((await stage.abort(stopped.run)).exit).toBe(0);
      const process = stage.universe.start("host-b");
      expect(await stage.universe.apply(process, plan, "apply", away)).toMatchObject({ exit: 0 });
    });
  });
});

describe("a plan applied again", () => {
  it("that is finished changes nothing: exit 0, naming the run", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage.workers[0]));
      const { end } = await stage.apply(plan);
      const count = stage.sent.length;
      const { end: again } = await stage.apply(plan);
      expect(again).toMatchObject({ exit: 0, code: "N-ALREADY-APPLIED" });
      expect(again.message).toBe(`already applied by run ${end.run}`);
      const methods = stage.sent
        .slice(count)
        .map(({ request }) => request.kind === "kubernetes" && request.request.method);
      expect(new Set(methods)).toEqual(new Set(["GET"]));
    });
  });

  it("frees the lock that its run died holding", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage.workers[0]));
      await stage.applyUntilKilled(
        plan,
        (event) => event.kind === "Recorded" && event.entry.record.kind === "RunFinished",
      );
      stage.actors.request("PATCH", "/apis/coordination.k8s.io/v1/namespaces/dextre-system/leases/dextre", {
        metadata: { annotations: { "dextre.dev/runs": "[]" } },
      });
      expect((await stage.lease()).holder).not.toBe("");
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0, code: "N-ALREADY-APPLIED" });
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("whose run was aborted starts anew, as often as wanted", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage.workers[0]));
      const runs = new Set<string>();
      for (let round = 0; round < 4; round += 1) {
        const stopped = await stoppedBehind("cordon", stage, plan);
        expect(stopped).toMatchObject({ exit: 4 });
        // Taken up as the same run, not begun twice.
        expect((await stoppedBehind("resolve", stage, plan)).run).toBe(stopped.run);
        runs.add(stopped.run);
        expect(await stage.abort(stopped.run)).toMatchObject({ exit: 0 });
      }
      expect(runs.size).toBe(4);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0, code: "N-ALREADY-APPLIED" });
    });
  });

  it("to be resumed although it has no run here is refused: exit 3", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage.workers[0]));
      const { end } = await stage.apply(plan, { mode: "resume" });
      expect(end).toMatchObject({ exit: 3, code: "E-RUN-UNKNOWN" });
    });
  });
});

describe("abort", () => {
  it("leaves a node whose instance is ending, and says so", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const stopped = await stoppedBehind("terminate", stage, plan);
      const undone = await stage.abort(stopped.run);
      expect(undone).toMatchObject({ exit: 0, undone: [] });
      expect(undone.left.join()).toMatch(new RegExp(`${node}: its instance i-.* is ending`));
      expect(stage.isCordoned(node)).toBe(true);
      await stage.wait(60);
      expect(stage.workers).not.toContain(node);
      expect(stage.workers).toHaveLength(3);
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("of a run of which nothing is known, or that is over, is refused or says so", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      expect(await stage.abort("run-0")).toMatchObject({ exit: 3, code: "E-RUN-UNKNOWN" });
      const plan = await stage.plan(specOf("{kind: Pods, namespaces: [default], selector: app=web}"));
      const { end } = await stage.apply(plan);
      expect((await stage.abort(end.run)).message).toContain("nothing to undo");
    });
  });
});
