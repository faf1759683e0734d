import { describe, expect, it } from "vitest";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Scenario } from "#world/scenario.ts";
import { aDeployment, isReady, isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const STATIC = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"];
const ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

const scenario = (size: number): Partial<Scenario> => ({
  groups: [
    {
      name: "masters",
      role: "control-plane",
      size,
      zones: ZONES,
      taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
      mirrorPods: STATIC,
    },
    { name: "nodes-a", role: "node", size: 3, max: 6, zones: ZONES },
  ],
  workloads: [
    aDeployment("web", 3),
    { kind: "DaemonSet", namespace: "kube-system", name: "agent", requests: {}, tolerateEverything: true },
  ],
});

const roll = (rest = ""): string => specOf("{kind: Nodes, role: control-plane}", rest);
const isStatic = (pod: Pod): boolean => STATIC.includes(pod.metadata.labels?.component ?? "");

const masters = (stage: Stage) =>
  stage.world
    .list("nodes")
    .filter((node) => node.metadata.labels?.["node-role.kubernetes.io/control-plane"] !== undefined);

const isNodeReady = (node: ReturnType<typeof masters>[number]): boolean =>
  node.status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;

describe("control-plane nodes", () => {
  it("go one at a time, each only while all are Ready and every static pod serves", async () => {
    const stage = new Stage(scenario(3));
    await stage.run(async () => {
      const plan = await stage.plan(roll());
      const before = masters(stage).map((node) => node.metadata.uid);
      const atCordon: unknown[] = [];
      stage.world.onRequest(({ client, request }) => {
        if (
          !client.startsWith("dextre") ||
          request.kind !== "kubernetes" ||
          request.request.method !== "PATCH"
        )
          return;
        const nodes = masters(stage);
        atCordon.push([
          nodes.filter(isNodeReady).length,
          nodes.filter((node) => node.spec.unschedulable === true).length,
          stage.world.list("pods").filter((pod) => isStatic(pod) && isReady(pod)).length,
        ]);
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(atCordon).toEqual([1, 2, 3].map(() => [3, 1, 12]));
      expect(masters(stage)).toHaveLength(3);
      expect(masters(stage).some((node) => before.includes(node.metadata.uid))).toBe(false);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("wait for the static pods on the new node, and say which are missing", async () => {
    const stage = new Stage(scenario(3));
    await stage.run(async () => {
      const plan = await stage.plan(roll());
      stage.world.afflict("neverReady", (pod) => pod.metadata.labels?.component === "etcd");
      let healed = 0;
      stage.in(150, () => {
        healed = stage.cordonRequests.length;
        stage.actors.heal();
      });
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(healed).toBe(1);
      expect(waitsOf(process)).toContainEqual({
        code: "N-MIRROR-PODS",
        message: expect.stringMatching(/^not Ready on ip-.* yet: etcd$/),
      });
    });
  });

  it("wait while one of them is not Ready, which is named; the timeout stops the run untouched: exit 5", async () => {
    const stage = new Stage(scenario(3));
    await stage.run(async () => {
      const plan = await stage.plan(roll("  timeouts: {node: 2m}\n"));
      const [one = ""] = masters(stage).map((node) => node.metadata.name);
      stage.actors.failNode(one);
      await stage.wait(2);
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODE-TIMEOUT", cordoned: [] });
      expect(waitsOf(process)).toContainEqual({ code: "N-CONTROL-PLANE", message: `not Ready: ${one}` });
      expect(end.message).toContain(one);
      expect(stage.cordonRequests).toEqual([]);
      stage.actors.recoverNode(one);
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
    });
  });

  it("a single one is blocked unless the outage is allowed; then the API server's absence is waited out", async () => {
    const stage = new Stage(scenario(1));
    await stage.run(async () => {
      expect((await stage.plan(roll())).content.blockers.map((one) => one.code)).toContain(
        "B-CONTROL-PLANE-OUTAGE",
      );
      const plan = await stage.plan(roll("  controlPlane: {allowOutage: true}\n"));
      const [node = ""] = masters(stage).map((one) => one.metadata.name);
      const id = stage.instanceOf(node);
      const { end, process } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "terminate"),
          (_, { client }) => {
            client.breakWatches();
            const isBack = (): boolean =>
              masters(stage).some((one) => isNodeReady(one) && !one.spec.providerID?.endsWith(id));
            // The rest of the world has its API server; for dextre it is back with the new node, a minute later.
            const until = stage.universe.driver.now() + 90_000;
            stage.fault = (request, name, time) =>
              name === client.name && request.kind === "kubernetes" && (time < until || !isBack())
                ? { kind: "lostRequest", failure: "unreachable" }
                : undefined;
          },
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process).map((reason) => reason.code)).toContain("N-UNREACHABLE");
      expect(masters(stage)).toHaveLength(1);
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });
});

describe("a control-plane node that fails during the run", () => {
  it("is waited for even where an outage is accepted, as long as others would be lost with it", async () => {
    const stage = new Stage(scenario(3));
    await stage.run(async () => {
      const plan = await stage.plan(roll("  controlPlane: {allowOutage: true}\n  timeouts: {node: 2m}\n"));
      stage.actors.failNode(masters(stage)[1]?.metadata.name ?? "");
      await stage.wait(15);
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODE-TIMEOUT" });
      expect(waitsOf(process).map(({ code }) => code)).toContain("N-CONTROL-PLANE");
      expect(stage.cordonRequests).toEqual([]);
    });
  });

  it("after the cordon of another keeps that one's instance", async () => {
    const stage = new Stage(scenario(3));
    await stage.run(async () => {
      const [first, second] = masters(stage)
        .map((node) => node.metadata.name)
        .sort();
      stage.bind(first ?? "", "bare", { terminationGracePeriodSeconds: 300 });
      await stage.wait(5);
      const plan = await stage.plan(roll("  pods: {unmanaged: evict}\n  timeouts: {node: 5m}\n"));
      const { end, process } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.actors.failNode(second ?? ""),
        ),
      });
      expect(end).toMatchObject({ exit: 5 });
      expect(waitsOf(process).map(({ code }) => code)).toContain("N-CONTROL-PLANE");
      expect(stage.terminated).toEqual([]);
    });
  });
});
