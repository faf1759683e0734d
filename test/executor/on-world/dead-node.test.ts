import { describe, expect, it } from "vitest";
import type { ScenarioWorkload } from "#world/scenario.ts";
import { aDeployment, isReady, isResult, once, Stage, specOf } from "./stage.ts";

const roll = (stage: Stage, rest = ""): string => specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, rest);

const database: ScenarioWorkload = { kind: "StatefulSet", name: "db", replicas: 3, ready: "1s", stop: "20s" };

/** The node's kubelet falls silent while its pod is stopping. */
async function onDeadNode(workload: ScenarioWorkload, rest: string) {
  const stage = new Stage({ workloads: [workload] });
  return stage.run(async () => {
    const [node = ""] = stage.workers;
    const plan = await stage.plan(roll(stage, rest));
    const began = stage.universe.driver.now();
    const { end } = await stage.apply(plan, {
      onEvent: once(
        (event) => isResult(event, "evict", "done"),
        () => stage.actors.silenceNode(node),
      ),
    });
    return { stage, node, end, plan, seconds: (stage.universe.driver.now() - began) / 1000 };
  });
}

/** The kubelet is heard again before anybody gives its node up: the run ends well. */
async function goesOnWhereSilentFor(seconds: number, stage: Stage): Promise<void> {
  await stage.run(async () => {
    const [node = ""] = stage.workers;
    const plan = await stage.plan(roll(stage));
    const { end } = await stage.apply(plan, {
      onEvent: once(
        (event) => isResult(event, "evict", "done"),
        () => {
          stage.actors.silenceNode(node);
          stage.in(seconds, () => stage.actors.recoverNode(node));
        },
      ),
    });
    expect(end).toMatchObject({ exit: 0 });
    expect(stage.log.violations).toEqual([]);
  });
}

describe("a node that is not Ready and whose pods do not stop", () => {
  for (const workload of [aDeployment("web", 3, { stop: "20s" }), database]) {
    it(`stops the run and names nodes.unreachable, the ${workload.kind}'s pod and the node: exit 5`, async () => {
      const { stage, node, end, seconds } = await onDeadNode(workload, "");
      expect(end).toMatchObject({ exit: 5, code: "E-POD-STUCK", cordoned: [node] });
      expect(end.message).toContain(`${node} is not Ready`);
      expect(end.message).toContain(`default/${workload.name}-`);
      expect(end.message).toContain("nodes.unreachable: stop | terminate");
      expect(stage.terminated).toEqual([]);
      expect(seconds).toBeLessThan(150);
    });

    it(`is terminated with the ${workload.kind}'s pod where the spec says nodes.unreachable: terminate`, async () => {
      const { stage, node, end } = await onDeadNode(workload, "  nodes: {unreachable: terminate}\n");
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(1);
      expect(stage.workers).not.toContain(node);
      expect(stage.evicted).toHaveLength(1);
      // The run was not over before the workload had got back what it had.
      expect(stage.podsOf(workload.name).filter(isReady)).toHaveLength(3);
    });
  }

  it("goes on by itself where the node comes back in time", async () => {
    const stage = new Stage({ workloads: [database] });
    await goesOnWhereSilentFor(25, stage);
  });
});

describe("a node that is seen not Ready for a moment, as after an outage of the API server", () => {
  for (const workload of [aDeployment("web", 3, { stop: "20s" }), database]) {
    it(`stops nothing, though the ${workload.kind}'s pod is long past its grace`, async () => {
      const stage = new Stage({ workloads: [workload], timings: { nodeMonitorGraceMs: 100_000 } });
      await goesOnWhereSilentFor(110, stage);
    });
  }
});

describe("a pod that hangs on a Ready node", () => {
  it("is waited for until the timeout, which names pod and finalizer: exit 5", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(roll(stage, "  timeouts: {node: 3m}\n"));
      stage.world.afflict("stuckTerminating", (pod) => pod.metadata.labels?.app === "web");
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-POD-STUCK", cordoned: [node] });
      expect(end.message).toMatch(/still stopping on .*: default\/web-/);
      expect(end.message).toMatch(/kubectl describe pod web-\S+ --namespace default/);
      expect(stage.terminated).toEqual([]);
      stage.actors.heal();
      const { end: again } = await stage.apply(plan);
      expect(again).toMatchObject({ exit: 0 });
      expect(stage.log.violations).toEqual([]);
    });
  });
});
