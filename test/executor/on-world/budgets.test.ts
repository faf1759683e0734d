import { describe, expect, it } from "vitest";
import {
  aDeployment,
  DRAIN_ONLY,
  isEviction,
  isReady,
  isResult,
  once,
  Stage,
  specOf,
  waitsOf,
} from "./stage.ts";

const drain = (stage: Stage, rest = ""): string =>
  specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY + rest);

const PDBS = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

function createBudget(
  stage: Stage,
  name: string,
  app: string,
  spec: Readonly<Record<string, unknown>>,
): void {
  stage.actors.request("POST", PDBS, {
    metadata: { name },
    spec: { ...spec, selector: { matchLabels: { app } } },
  });
}

const tightening = (): Stage =>
  new Stage({
    workloads: [aDeployment("web", 6, { budgets: [{ maxUnavailable: 1 }] })],
  });

function tighten(stage: Stage, maxUnavailable: number): void {
  stage.actors.request("PATCH", `${PDBS}/web`, { spec: { maxUnavailable } });
}

describe("a budget that allows nothing at the moment", () => {
  it("is waited for with its numbers, and the run goes on when it allows", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { budgets: [{ minAvailable: 2 }] })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [, second = ""] = stage.workers;
      stage.actors.failNode(second);
      await stage.wait(3);
      stage.in(40, () => stage.actors.recoverNode(second));
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process)).toContainEqual({
        code: "N-BUDGET",
        message: "budget default/web: 2 healthy, 2 needed, 0 disruptions allowed",
      });
      // One safety poll at most: the budget's status is waited for, the server is not asked in a loop.
      expect(stage.evictionRequests.length).toBeLessThanOrEqual(3);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("by its own pods holds, too, where a controller that stands still has not seen what was lost", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 4, { budgets: [{ maxUnavailable: 1 }] })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [, second = ""] = stage.workers;
      stage.world.hold("budgets");
      stage.actors.failNode(second);
      await stage.wait(10);
      stage.in(60, () => {
        stage.actors.recoverNode(second);
        stage.world.hold("budgets", false);
      });
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process).map(({ message }) => message)).toContainEqual(
        expect.stringMatching(
          /^budget default\/web: 4 healthy, 3 needed, 1 .*, but [23] of its pods are healthy/,
        ),
      );
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("is asked about now and then although its status, which nobody keeps any more, says no", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { budgets: [{ minAvailable: 2 }] })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [, second = ""] = stage.workers;
      stage.actors.failNode(second);
      await stage.wait(3);
      stage.world.hold("budgets");
      stage.actors.recoverNode(second);
      stage.in(100, () => stage.world.hold("budgets", false));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.evictionRequests.length).toBeGreaterThan(2);
      expect(stage.evictionRequests.length).toBeLessThan(7);
    });
  });

  it("stops the run at the timeout: exit 5, naming pod, budget and the command that shows it", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { budgets: [{ minAvailable: 2 }] })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage, "  timeouts: {eviction: 2m}\n"));
      const [node = "", second = ""] = stage.workers;
      stage.actors.failNode(second);
      await stage.wait(3);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-EVICTION-TIMEOUT", cordoned: [node] });
      expect(end.message).toMatch(/default\/web-.* could not be evicted within 150 s/);
      expect(end.message).toContain("budget default/web: 2 healthy, 2 needed");
      expect(end.message).toContain("kubectl describe poddisruptionbudget web --namespace default");
      expect(stage.evicted).toEqual([]);
      stage.actors.recoverNode(second);
      const { end: again } = await stage.apply(plan, { mode: "resume" });
      expect(again).toMatchObject({ exit: 0 });
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("budgets that change during the run", () => {
  it("two over one pod stop its node and are named; the cordon is taken back where nothing was evicted", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => {
            createBudget(stage, "one", "web", { maxUnavailable: 1 });
            createBudget(stage, "two", "web", { maxUnavailable: 1 });
          },
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(end.message).toMatch(/default\/web-.* 2 budgets \(one, two\)/);
      expect(stage.evicted).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });

  it("two that the server knows of first are named by its answer", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      stage.fault = (request) => {
        if (isEviction(request) && stage.world.list("poddisruptionbudgets").length === 0) {
          createBudget(stage, "one", "web", { maxUnavailable: 1 });
          createBudget(stage, "two", "web", { maxUnavailable: 1 });
        }
        return undefined;
      };
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(end.message).toMatch(/default\/web-.*: .*more than one PodDisruptionBudget/);
      expect(stage.evicted).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });

  it("one that never allows, seen before the first mutation, refuses: exit 3", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      createBudget(stage, "strict", "web", { maxUnavailable: 0 });
      await stage.wait(5);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "D-BUDGET-TIGHTENED", run: "" });
      expect(end.message).toContain("default/strict");
      expect(stage.cordonRequests).toEqual([]);
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("one tightened so that it never allows stops a node half way, which keeps its place in the limits", async () => {
    const stage = tightening();
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      const [first = "", ...others] = stage.workers;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          () => tighten(stage, 0),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [first] });
      expect(end.message).toContain("budget default/web never allows a disruption now");
      expect(others.some((name) => stage.isCordoned(name))).toBe(false);
      tighten(stage, 1);
      await stage.wait(5);
      const { end: again } = await stage.apply(plan);
      expect(again).toMatchObject({ exit: 0 });
      expect(stage.workers).not.toContain(first);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("one tightened before anything was evicted stops every node of its pods, none stays cordoned", async () => {
    const stage = tightening();
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      const { workers } = stage;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => tighten(stage, 0),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      const stopped = (await stage.records()).filter((record) => record.kind === "LaneStopped");
      expect(stopped.map(({ lane, code }) => [lane, code])).toEqual(
        workers.map((name) => [`node/${name}`, "D-BUDGET-TIGHTENED"]),
      );
      // One was cordoned and given back; the others were not touched.
      expect(stage.cordonRequests).toHaveLength(2);
      expect(workers.some((name) => stage.isCordoned(name))).toBe(false);
      expect(stage.evicted).toEqual([]);
    });
  });

  it("one that never allows after a refused eviction: nothing was evicted, so the cordon is taken back", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3, { budgets: [{ maxUnavailable: 1 }] })] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      let isFirst = true;
      stage.fault = (request) => {
        if (isEviction(request) && isFirst) {
          isFirst = false;
          stage.actors.request("PATCH", `${PDBS}/web`, { spec: { maxUnavailable: 0 } });
        }
        return undefined;
      };
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED" });
      expect(stage.evicted).toEqual([]);
      expect(end.cordoned).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });
});

describe("the last available pod of a degraded workload without a budget", () => {
  it("waits until another is available", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = "", ...others] = stage.workers;
      stage.world.afflict("neverReady", (pod) => pod.metadata.labels?.app === "web");
      for (const pod of others.flatMap((other) => stage.podsOn(other)))
        stage.actors.forceDeletePod("default", pod.metadata.name);
      await stage.wait(5);
      stage.in(30, () => stage.actors.heal());
      let availableAtEviction = 0;
      stage.world.onRequest(({ request }) => {
        if (isEviction(request)) {
          availableAtEviction = stage.podsOf("web").filter(isReady).length;
        }
      });
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      const floor = waitsOf(process).find((reason) => reason.code === "N-OWN-FLOOR");
      expect(floor?.message).toMatch(/web-.* is the last available pod of Deployment web, which wants 3/);
      expect(availableAtEviction).toBeGreaterThanOrEqual(2);
      expect(stage.podsOn(node)).toEqual([]);
    });
  });
});
