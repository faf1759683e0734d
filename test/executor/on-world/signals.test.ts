import { describe, expect, it } from "vitest";
import { aDeployment, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3, { budgets: [{ maxUnavailable: 1 }] })] };
const spec = (stage: Stage): string => specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`);

describe("a stop signal", () => {
  it("at any moment of a run: within 5 s, exit 4, recorded, the lock given back with the run still named in it", async () => {
    for (let moment = 2_200; moment < 13_000; moment += 910) {
      const stage = new Stage(web);
      await stage.run(async () => {
        const plan = await stage.plan(spec(stage));
        const process = stage.universe.start();
        const begun = stage.universe.driver.now();
        stage.universe.driver.at(begun + moment, () => process.stop.abort(new Error("SIGTERM")));
        const end = await stage.universe.apply(process, plan);
        const seconds = (stage.universe.driver.now() - begun - moment) / 1000;
        expect({ moment, exit: end.exit, code: end.code, inTime: seconds < 5 }).toEqual({
          moment,
          exit: 4,
          code: "E-SIGNAL",
          inTime: true,
        });
        expect((await stage.records()).at(-1)).toMatchObject({
          kind: "RunStopped",
          exit: 4,
          code: "E-SIGNAL",
        });
        const lease = await stage.lease();
        expect(lease.holder).toBe("");
        expect(lease.runs).toContain(end.run);
        const { end: resumed } = await stage.apply(plan, { mode: "resume", host: "host-a" });
        expect({ moment, exit: resumed.exit, run: resumed.run }).toEqual({ moment, exit: 0, run: end.run });
        expect(stage.log.violations).toEqual([]);
      });
    }
  }, 30_000);

  it("while the lock is being taken: exit 4, and nobody holds the lock", async () => {
    // The namespace of the lock is made first: two seconds later its lease.
    const moments = Array.from({ length: 50 }, (_, at) => (at < 25 ? 4 * at + 1 : 1_900 + 4 * at));
    for (const moment of moments) {
      const stage = new Stage(web);
      await stage.run(async () => {
        const plan = await stage.plan(spec(stage));
        const process = stage.universe.start();
        const begun = stage.universe.driver.now();
        stage.universe.driver.at(begun + moment, () => process.stop.abort(new Error("SIGTERM")));
        const end = await stage.universe.apply(process, plan);
        expect({ moment, exit: end.exit }).toEqual({ moment, exit: 4 });
        expect(stage.universe.driver.now() - begun - moment).toBeLessThan(5_000);
        await stage.wait(1);
        expect({ moment, holder: (await stage.lease()).holder }).toEqual({ moment, holder: "" });
        if (end.run === "") expect(stage.cordonRequests).toEqual([]);
        expect((await stage.apply(plan, { host: "host-a" })).end).toMatchObject({ exit: 0 });
      });
    }
  }, 30_000);

  it("after a cordon that the view does not show yet: the node is named as cordoned", async () => {
    const stage = new Stage(web, { watchLatencyMs: [8_000, 8_000] });
    await stage.run(async () => {
      const plan = await stage.plan(spec(stage));
      const process = stage.universe.start();
      const [node = ""] = stage.workers;
      stage.world.onRequest(({ request }) => {
        if (request.kind !== "kubernetes" || request.request.method !== "PATCH") return;
        stage.in(1, () => process.stop.abort(new Error("SIGTERM")));
      });
      const end = await stage.universe.apply(process, plan);
      expect(end).toMatchObject({ exit: 4, cordoned: [node], cordonedBefore: [] });
      expect(stage.node(node)?.spec.unschedulable).toBe(true);
    });
  });

  it("while another holder is watched for its life: exit 4 at once", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(spec(stage));
      await stage.applyUntilKilled(plan, (event) => event.kind === "StepStarted");
      const other = await stage.plan(spec(stage).replace("staged", "other"));
      const process = stage.universe.start("host-b");
      const begun = stage.universe.driver.now();
      stage.universe.driver.at(begun + 10_000, () => process.stop.abort(new Error("SIGTERM")));
      const end = await stage.universe.apply(process, other);
      expect(end).toMatchObject({ exit: 4, run: "" });
      expect(stage.universe.driver.now() - begun).toBeLessThan(11_000);
      expect(process.events).toContainEqual(expect.objectContaining({ kind: "Notice", code: "N-LOCK" }));
    });
  });
});
