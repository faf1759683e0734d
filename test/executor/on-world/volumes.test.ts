import { describe, expect, it } from "vitest";
import type { Scenario } from "#world/scenario.ts";
import { isResult, once, Stage, specOf, waitsOf } from "./stage.ts";

const zonal = (more: Partial<Scenario> = {}): Partial<Scenario> => ({
  workloads: [
    {
      kind: "StatefulSet",
      name: "db",
      replicas: 1,
      ready: "1s",
      stop: "1s",
      requests: { cpu: "100m" },
      zonalVolume: true,
    },
  ],
  ...more,
});

const placeOf = (stage: Stage): string => stage.podsOf("db")[0]?.spec.nodeName ?? "";
const zoneOf = (stage: Stage, node: string): string | undefined =>
  stage.node(node)?.metadata.labels?.["topology.kubernetes.io/zone"];

describe("a pod whose volume is bound to a zone", () => {
  it("that came after the plan is not evicted where its zone has no other node", async () => {
    const stage = new Stage(zonal());
    await stage.run(async () => {
      const node = placeOf(stage);
      stage.actors.scale("statefulsets", "default", "db", 0);
      await stage.wait(10);
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      expect(plan.content.blockers).toEqual([]);
      stage.actors.scale("statefulsets", "default", "db", 1);
      await stage.wait(10);
      expect(placeOf(stage)).toBe(node);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED" });
      expect(stage.evicted).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });

  it("that came during the run, with a claim the view never saw, is not evicted either", async () => {
    const stage = new Stage(zonal());
    await stage.run(async () => {
      const node = placeOf(stage);
      stage.actors.scale("statefulsets", "default", "db", 0);
      await stage.wait(10);
      const claim = stage.world.list("persistentvolumeclaims")[0]?.metadata.name;
      const plan = await stage.plan(
        specOf(`{kind: Nodes, names: [${node}]}`, "  pods: {unmanaged: evict}\n"),
      );
      const volumes = [{ name: "data", persistentVolumeClaim: { claimName: claim } }];
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.bind(node, "late", { volumes }),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED" });
      expect(stage.evicted).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });

  it("is held while the other node of its zone takes no pods, and goes once it does", async () => {
    const groups = [{ name: "nodes-a", role: "node", size: 4, max: 8, zones: ["eu-west-1a", "eu-west-1b"] }];
    const stage = new Stage(zonal({ groups }));
    await stage.run(async () => {
      const node = placeOf(stage);
      const other =
        stage.workers.find((name) => name !== node && zoneOf(stage, name) === zoneOf(stage, node)) ?? "";
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      expect(plan.content.applyable).toBe(true);
      stage.actors.cordon(other);
      stage.in(60, () => {
        expect(stage.evicted).toEqual([]);
        stage.actors.uncordon(other);
      });
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process).map(({ code }) => code)).toContain("B-UNPLACEABLE");
      expect(stage.evicted).toEqual(["default/db-0"]);
    });
  });

  it("needs the right to read claims before anything is touched", async () => {
    const stage = new Stage(zonal());
    await stage.run(async () => {
      const node = stage.workers.find((name) => name !== placeOf(stage)) ?? "";
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`));
      stage.fault = (request) =>
        request.kind === "kubernetes" && request.request.path === "/api/v1/persistentvolumes"
          ? { kind: "answer", response: { status: 403, headers: {}, body: { message: "no" } } }
          : undefined;
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-FORBIDDEN" });
      expect("message" in end ? end.message : "").toContain("list persistentvolumes");
      expect(stage.cordonRequests).toEqual([]);
    });
  });
});
