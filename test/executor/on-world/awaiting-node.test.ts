import { describe, expect, it } from "vitest";
import { aDeployment, isReady, isResult, Stage, specOf, waitsOf } from "./stage.ts";

const onePerNode = { workloads: [aDeployment("web", 3, { antiAffinity: "kubernetes.io/hostname" })] };
const awaitNode = "  pods: {unplaceable: awaitNode}\n";

describe("pods of which each node holds one, so that only the successor has a place", () => {
  it("block unless accepted", async () => {
    const stage = new Stage(onePerNode);
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      expect(plan.content.blockers.map((one) => one.code)).toContain("B-UNPLACEABLE");
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 3, code: "E-PLAN-BLOCKED" });
    });
  });

  it("are awaited behind the new node, before the next node goes", async () => {
    const stage = new Stage(onePerNode);
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}", awaitNode));
      const ready: number[] = [];
      stage.world.onRequest(({ client, request }) => {
        if (
          !client.startsWith("dextre") ||
          request.kind !== "kubernetes" ||
          request.request.method !== "PATCH"
        )
          return;
        ready.push(stage.podsOf("web").filter(isReady).length);
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(ready).toEqual([3, 3, 3]);
      expect(stage.podsOf("web").filter(isReady)).toHaveLength(3);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("are evicted together where several of a workload are on one node: its floor would hold the last for ever", async () => {
    const stage = new Stage({
      workloads: [
        {
          kind: "StatefulSet",
          name: "db",
          replicas: 2,
          ready: "1s",
          stop: "1s",
          nodeSelector: { "topology.kubernetes.io/zone": "eu-west-1a" },
        },
      ],
    });
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}", awaitNode));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect([...stage.evicted].sort()).toEqual(["default/db-0", "default/db-1"]);
      expect(stage.podsOf("db").filter(isReady)).toHaveLength(2);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("are awaited behind the new node also where they became so after the plan", async () => {
    const stage = new Stage({
      workloads: [aDeployment("web", 2, { antiAffinity: "kubernetes.io/hostname" })],
    });
    await stage.run(async () => {
      const [node = ""] = stage.workers.filter((name) => stage.podsOn(name).length > 0);
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, awaitNode));
      stage.actors.cordon(stage.workers.find((name) => stage.podsOn(name).length === 0) ?? "");
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(process.events.filter((event) => isResult(event, "await"))).toMatchObject([
        { entry: { record: { code: "R-AWAITS-NODE" } } },
      ]);
      expect(stage.podsOf("web").filter(isReady)).toHaveLength(2);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("that were not known to be so stay on their node until one has a place; the timeout says so: exit 5", async () => {
    const stage = new Stage({
      workloads: [aDeployment("web", 2, { antiAffinity: "kubernetes.io/hostname" })],
    });
    await stage.run(async () => {
      const [node = ""] = stage.workers.filter((name) => stage.podsOn(name).length > 0);
      const plan = await stage.plan(
        specOf(`{kind: Nodes, names: [${node}]}`, "  timeouts: {eviction: 2m}\n"),
      );
      const free = stage.workers.find((name) => stage.podsOn(name).length === 0) ?? "";
      stage.actors.cordon(free);
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-EVICTION-TIMEOUT", cordoned: [node] });
      expect(end.message).toContain("no other Ready, uncordoned node may take it");
      expect(waitsOf(process).map((reason) => reason.code)).toContain("B-UNPLACEABLE");
      expect(stage.evicted).toEqual([]);
      const resumed = stage.apply(plan);
      stage.in(30, () => stage.actors.uncordon(free));
      expect((await resumed).end).toMatchObject({ exit: 0 });
    });
  });
});

describe("a node that stops and is killed while its cordon is taken back", () => {
  it("is free again after the next process, whichever request the kill came at", async () => {
    for (let moment = 0; moment < 40; moment += 2) {
      const stage = new Stage({ workloads: [aDeployment("web", 3)] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, "  replace: {mode: none}\n"));
        const process = stage.universe.start();
        const killed = new Promise<void>((resolve) => {
          process.onEvent = (event) => {
            if (isResult(event, "cordon") && !stage.world.get("pods", "default", "late"))
              stage.bind(node, "late");
          };
          const kill = (): void => {
            stage.universe.kill(process, moment % 4 === 0 ? "apply" : "drop");
            stage.in(0.1, resolve);
          };
          stage.world.onChange(({ plural, object }) => {
            if (plural === "pods" && object.metadata.name === "late") stage.in(moment / 1000, kill);
          });
        });
        stage.universe.apply(process, plan).catch(() => undefined);
        await killed;
        const { end } = await stage.apply(plan);
        expect({ moment, exit: end.exit, cordoned: end.cordoned }).toEqual({ moment, exit: 5, cordoned: [] });
        expect({ moment, cordoned: stage.isCordoned(node), marks: stage.marks(node) }).toEqual({
          moment,
          cordoned: false,
          marks: [],
        });
        stage.actors.forceDeletePod("default", "late");
        expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
        expect(stage.log.violations).toEqual([]);
      });
    }
  });
});
