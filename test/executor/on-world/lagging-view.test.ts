import { describe, expect, it } from "vitest";
import type { Scenario } from "#world/scenario.ts";
import { aDeployment, isResult, once, Stage, specOf } from "./stage.ts";

const mixed: Partial<Scenario> = {
  workloads: [
    aDeployment("web", 4, { budgets: [{ maxUnavailable: 1 }] }),
    aDeployment("api", 2),
    { kind: "StatefulSet", name: "db", replicas: 3, ready: "2s", stop: "2s", budgets: [{ minAvailable: 2 }] },
  ],
};
const all = specOf("{kind: Nodes, role: node}");

async function rolls(stage: Stage, disturb: () => void = () => undefined): Promise<void> {
  await stage.run(async () => {
    const plan = await stage.plan(all);
    disturb();
    const { end } = await stage.apply(plan);
    expect(end.message).toBe("everything is done");
    expect(stage.log.violations).toEqual([]);
    expect(stage.terminated).toHaveLength(3);
  });
}

describe("a view that is not what the servers know", () => {
  it("seconds late: nothing is decided on old news", async () => {
    for (const seed of [1, 2, 3]) await rolls(new Stage(mixed, { seed, watchLatencyMs: [500, 4_000] }));
  });

  it("with watches that break every few seconds: nothing is missed", async () => {
    const stage = new Stage(mixed);
    await rolls(stage, () => {
      const disturb = (): void => {
        stage.breakWatches();
        stage.in(3, disturb);
      };
      stage.in(3, disturb);
    });
  });

  it("with a history that is compacted again and again: listed anew, nothing missed", async () => {
    const stage = new Stage(mixed);
    await rolls(stage, () => {
      const disturb = (): void => {
        stage.world.compact();
        stage.in(7, disturb);
      };
      stage.in(7, disturb);
    });
  });

  it("over a line on which every request takes seconds", async () => {
    const stage = new Stage(mixed);
    stage.fault = () => ({ kind: "slow", delayMs: 2_000 });
    await rolls(stage);
  });
});

describe("a lease that a human deletes during the run", () => {
  it("is a lock that is lost: exit 5, nothing more is written, the run is taken up", async () => {
    const stage = new Stage(mixed);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          () =>
            stage.actors.request(
              "DELETE",
              "/apis/coordination.k8s.io/v1/namespaces/dextre-system/leases/dextre",
            ),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-LOCK-LOST" });
      expect(end.message).toContain("the lease was deleted");
      expect(end.run).not.toBe("");
      expect((await stage.records()).at(-1)).toMatchObject({ kind: "RunStopped", code: "E-LOCK-LOST" });
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0, run: end.run });
      expect(stage.log.violations).toEqual([]);
    });
  });
});
