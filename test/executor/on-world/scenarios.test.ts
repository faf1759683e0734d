import { describe, expect, it } from "vitest";
import { isReady } from "#cli/sandbox/moods.ts";
import type { Plan } from "#model/plan.ts";
import { loadScenario } from "#test/world/support.ts";
import { Stage, specOf } from "./stage.ts";

const EVERY_WORKER = "{kind: Nodes, role: node}";

const blockersOf = ({ content }: Plan): readonly string[] =>
  content.blockers.map(({ code, object }) => `${code} ${object?.name}`);

describe("the scenario singleton", () => {
  const scenario = loadScenario("singleton");
  const withoutBudget = {
    ...scenario,
    workloads: scenario.workloads.map((workload) =>
      workload.name === "licence-server" ? { ...workload, budgets: [] } : workload,
    ),
  };

  it("cannot be rolled: one budget never lets its only pod go, and each single replica is warned of", async () => {
    const stage = new Stage(scenario);
    await stage.run(async () => {
      const plan = await stage.plan(specOf(EVERY_WORKER));
      expect(blockersOf(plan)).toEqual(["B-BUDGET-NEVER-ALLOWS licence-server"]);
      expect(plan.content.warnings.map(({ code, object }) => `${code} ${object?.name}`)).toEqual([
        "W-SINGLE-REPLICA blog",
        "W-SINGLE-REPLICA ledger",
        "W-SINGLE-REPLICA licence-server",
      ]);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-PLAN-BLOCKED" });
      expect(stage.evicted).toEqual([]);
    });
  });

  it("is rolled once that budget is gone, with each single replica down for no longer than its move", async () => {
    const stage = new Stage(withoutBudget);
    const isUp = (app: string): boolean => stage.podsOf(app).some(isReady);
    let downAtOnce = 0;
    stage.world.onChange(({ plural }) => {
      if (plural !== "pods") return;
      const down = ["blog", "ledger", "licence-server"].filter((app) => !isUp(app));
      downAtOnce = Math.max(downAtOnce, down.length);
    });
    await stage.run(async () => {
      const plan = await stage.plan(specOf(EVERY_WORKER));
      expect(blockersOf(plan)).toEqual([]);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(downAtOnce).toBe(1);
    });
  }, 60_000);
});

describe("the scenario zonal-volumes", () => {
  const scenario = loadScenario("zonal-volumes");
  const groups = "{kind: Nodes, groups: [nodes-a, nodes-b, nodes-c]}";

  it("cannot be rolled as it is: two pods have no other node in their zone, the third one has", async () => {
    const stage = new Stage(scenario);
    await stage.run(async () => {
      const plan = await stage.plan(specOf(groups));
      const blocked = plan.content.blockers.map(({ object }) => zoneOfPod(stage, object?.name ?? ""));
      expect(blocked.toSorted()).toEqual(["eu-west-1a", "eu-west-1b"]);
      expect(plan.content.blockers.map(({ acceptedBy }) => acceptedBy?.field)).toEqual([
        "pods.unplaceable: awaitNode",
        "pods.unplaceable: awaitNode",
      ]);
    });
  });

  it("is rolled with pods.unplaceable: awaitNode: they wait for the successor in their zone", async () => {
    const stage = new Stage(scenario);
    await stage.run(async () => {
      const old = new Set(stage.world.list("nodes").map(({ metadata }) => metadata.name));
      const before = zones(stage);
      const plan = await stage.plan(specOf(groups, "  pods: {unplaceable: awaitNode}\n"));
      expect(blockersOf(plan)).toEqual([]);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(zones(stage)).toEqual(before);
      const nodes = stage.podsOf("store").map(({ spec }) => spec.nodeName ?? "");
      expect(nodes.filter((name) => old.has(name))).toEqual([]);
    });
  }, 60_000);
});

const NAMES = ["store-0", "store-1", "store-2"];
const zones = (stage: Stage): readonly (string | undefined)[] => NAMES.map((name) => zoneOfPod(stage, name));

function zoneOfPod(stage: Stage, name: string): string | undefined {
  const pod = stage.podsOf("store").find(({ metadata }) => metadata.name === name);
  return stage.node(pod?.spec.nodeName ?? "")?.metadata.labels?.["topology.kubernetes.io/zone"];
}
