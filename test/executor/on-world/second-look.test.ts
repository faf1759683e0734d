import { describe, expect, it } from "vitest";
import type { ScalingGroup } from "#model/objects.ts";
import type { Scenario } from "#world/scenario.ts";
import { aDeployment, isReady, isResult, once, Stage, specOf } from "./stage.ts";

type Told = (groups: readonly ScalingGroup[]) => readonly ScalingGroup[];

/** One run, to which AWS once tells something old, from the start of a step of that kind on. */
async function runWithOneOldAnswer(stage: Stage, verb: string, told: Told) {
  const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
  const process = stage.universe.start();
  const { scaling } = process;
  let state: "before" | "due" | "told" = "before";
  process.onEvent = (event) => {
    if (state === "before" && event.kind === "StepStarted" && event.step.endsWith(verb)) state = "due";
  };
  const readGroups = async (names: readonly string[], signal?: AbortSignal) => {
    const isDue = state === "due";
    if (isDue) state = "told";
    const groups = await scaling.readGroups(names, signal);
    return isDue ? told(groups) : groups;
  };
  Object.assign(process, { scaling: { ...scaling, readGroups } });
  const end = await stage.universe.apply(process, plan);
  expect(state).toBe("told");
  return { end, process };
}

const slowBoot: Partial<Scenario> = {
  workloads: [aDeployment("web", 3)],
  // The old node is gone long before the new one is there: nobody else reads the group then.
  timings: { instanceBootMs: 120_000, instanceStopMs: 4_000, nodeMonitorGraceMs: 6_000, cloudLoopMs: 1_000 },
};

describe("one old answer of AWS", () => {
  it("without the group does not let the next node go before the successor is there", async () => {
    const stage = new Stage(slowBoot);
    await stage.run(async () => {
      const usable: number[] = [];
      stage.world.onRequest(({ client, request }) => {
        if (!client.startsWith("dextre") || request.kind !== "kubernetes") return;
        if (request.request.method !== "PATCH") return;
        usable.push(
          stage.workers.filter((name) => {
            const node = stage.node(name);
            const ready = node?.status.conditions?.find(({ type }) => type === "Ready");
            return ready?.status === "True" && !stage.isCordoned(name);
          }).length,
        );
      });
      const { end } = await runWithOneOldAnswer(stage, "/new-node", () => []);
      expect(end).toMatchObject({ exit: 0 });
      expect(usable).toEqual([2, 2, 2]);
    });
  });

  it("with a lower desired count does not make the successor superfluous", async () => {
    const stage = new Stage(slowBoot);
    await stage.run(async () => {
      const { end } = await runWithOneOldAnswer(stage, "/new-node", (groups) =>
        groups.map((group) => ({ ...group, desired: 0 })),
      );
      expect(end).toMatchObject({ exit: 0 });
      const codes = [...(await stage.results()).values()].map(({ code }) => code);
      expect(codes).not.toContain("R-NO-SUCCESSOR");
    });
  });

  for (const [what, told] of [
    ["the instance", (groups) => groups.map((group) => ({ ...group, instances: group.instances.slice(1) }))],
    ["the group", () => []],
  ] as readonly (readonly [string, Told])[]) {
    it(`without ${what} does not leave an instance unended`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 3)] });
      await stage.run(async () => {
        const { end } = await runWithOneOldAnswer(stage, "/terminate", told);
        expect(end).toMatchObject({ exit: 0 });
        expect(stage.terminated).toHaveLength(3);
      });
    });
  }
});

describe("an instance that somebody detached from its group", () => {
  it("is not taken for ended: the node stops, and abort uncordons it", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 6)] });
    await stage.run(async () => {
      const node = stage.workers.find((name) => stage.podsOn(name).length > 0) ?? "";
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const instance = stage.world.fleet.instances.get(stage.instanceOf(node));
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => Object.assign(instance ?? {}, { group: "elsewhere" }),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED" });
      expect(end.message).toContain("detached");
      expect(stage.terminated).toEqual([]);
      await stage.abort(end.run);
      expect(stage.isCordoned(node)).toBe(false);
      expect(stage.marks(node)).toEqual([]);
    });
  });
});

describe("a node whose object somebody deletes while its pods stop", () => {
  it("keeps its instance until they are gone", async () => {
    const web = aDeployment("web", 3, { stop: "60s", gracePeriodSeconds: 120 });
    const stage = new Stage({ workloads: [web] });
    await stage.run(async () => {
      const node = stage.workers.find((name) => stage.podsOn(name).length > 0) ?? "";
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      const left: number[] = [];
      stage.world.onRequest(({ request }) => {
        if (request.kind === "aws" && request.action === "TerminateInstanceInAutoScalingGroup")
          left.push(stage.podsOn(node).length);
      });
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          () => stage.actors.request("DELETE", `/api/v1/nodes/${node}`),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(left).toEqual([0]);
      expect(stage.podsOf("web").filter(isReady)).toHaveLength(3);
    });
  });
});
