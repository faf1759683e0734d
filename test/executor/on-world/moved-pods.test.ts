import { describe, expect, it } from "vitest";
import { aDeployment, DRAIN_ONLY, isResult, once, Stage, specOf } from "./stage.ts";

const drain = (stage: Stage, rest = ""): string =>
  specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY + rest);

describe("a planned pod that is no longer what the plan saw", () => {
  it("is satisfied where it is gone, and where a namesake runs elsewhere that one is not touched", async () => {
    const stage = new Stage({
      workloads: [
        { kind: "StatefulSet", name: "db", replicas: 3, ready: "1s", stop: "1s", parallel: true },
        aDeployment("web", 3),
      ],
    });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = ""] = stage.workers;
      const web = stage.podsOn(node).find((pod) => pod.metadata.labels?.app === "web")?.metadata;
      const db = stage.podsOn(node).find((pod) => pod.metadata.labels?.app === "db")?.metadata;
      expect(web && db).toBeDefined();
      // Both come back on another node, because this one is closed for a moment.
      stage.actors.cordon(node);
      stage.actors.delete("pods", "default", web?.name ?? "");
      stage.actors.delete("pods", "default", db?.name ?? "");
      await stage.wait(10);
      stage.actors.uncordon(node);
      const namesake = stage.world.get("pods", "default", db?.name ?? "");
      expect(namesake?.spec.nodeName).not.toBe(node);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.evicted).toEqual([]);
      expect(stage.world.get("pods", "default", db?.name ?? "")?.metadata.uid).toBe(namesake?.metadata.uid);
      const results = [...(await stage.results()).values()].filter((one) => /evict/.test(one.step));
      expect(results.map(({ outcome, code }) => `${outcome} ${code}`).sort()).toEqual([
        "satisfied R-POD-GONE",
        "satisfied R-POD-MOVED",
      ]);
    });
  });

  it("is satisfied where another pod has its name on the same node, and the newcomer is evicted as its own", async () => {
    const stage = new Stage({
      workloads: [{ kind: "StatefulSet", name: "db", replicas: 3, ready: "1s", stop: "1s", parallel: true }],
    });
    await stage.run(async () => {
      const plan = await stage.plan(drain(stage));
      const [node = "", ...others] = stage.workers;
      for (const other of others) stage.actors.cordon(other);
      const name = stage.podsOn(node)[0]?.metadata.name ?? "";
      stage.actors.delete("pods", "default", name);
      await stage.wait(10);
      for (const other of others) stage.actors.uncordon(other);
      const newcomer = stage.world.get("pods", "default", name);
      expect(newcomer?.spec.nodeName).toBe(node);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      const codes = [...(await stage.results()).values()].filter((one) => /evict/.test(one.step));
      expect(codes.map(({ step, outcome, code }) => [step.includes("@"), outcome, code])).toEqual([
        [false, "satisfied", "R-POD-RENEWED"],
        [true, "done", "R-DONE"],
      ]);
      expect(stage.evicted).toEqual([`default/${name}`]);
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("a pod that came to the node after the plan", () => {
  it("is journalled with its steps before anything is sent, and moves in its order and tier", async () => {
    const stage = new Stage({
      workloads: [
        aDeployment("web", 3),
        aDeployment("early", 1),
        aDeployment("dns", 3, { namespace: "kube-system", priorityClass: "system-cluster-critical" }),
      ],
    });
    await stage.run(async () => {
      const [node = "", ...others] = stage.workers;
      const plan = await stage.plan(drain(stage));
      const planned = plan.content.steps.filter((step) => step.kind === "EvictPod").length;
      for (const other of others) stage.actors.cordon(other);
      stage.actors.scale("deployments", "default", "early", 3);
      stage.actors.scale("deployments", "kube-system", "dns", 5);
      await stage.wait(5);
      for (const other of others) stage.actors.uncordon(other);
      const here = stage.podsOn(node).map((pod) => pod.metadata.labels?.app);
      const evictionsAt: number[] = [];
      const { end } = await stage.apply(plan, {
        onEvent: (event) => {
          if (event.kind === "Recorded" && event.entry.record.kind === "PodDiscovered")
            evictionsAt.push(stage.evicted.length);
        },
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(evictionsAt).toEqual(evictionsAt.map(() => 0));
      expect(evictionsAt).toHaveLength(here.length - planned);
      const apps = stage.evicted.map((name) => name.split("/")[1]?.split("-")[0]);
      expect(apps).toEqual([...here].sort((one, other) => order(one) - order(other)));
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("stops the node before it is touched where there are more than the plan allows: exit 5", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3), aDeployment("late", 1)] });
    await stage.run(async () => {
      const [node = "", ...others] = stage.workers;
      const plan = await stage.plan(drain(stage, "  limits: {maxDiscovered: 1}\n"));
      for (const other of others) stage.actors.cordon(other);
      stage.actors.scale("deployments", "default", "late", 4);
      await stage.wait(5);
      for (const other of others) stage.actors.uncordon(other);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(end.message).toMatch(/3 pods came to .* the plan allows 1: default\/late-/);
      expect(stage.cordonRequests).toEqual([]);
      expect(stage.isCordoned(node)).toBe(false);
      expect(await stage.records()).toContainEqual(
        expect.objectContaining({ kind: "LaneStopped", code: "E-TOO-MANY-DISCOVERED" }),
      );
    });
  });

  it("takes our cordon back where too many are seen only behind it", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(
        drain(stage, "  limits: {maxDiscovered: 1}\n  pods: {unmanaged: evict}\n"),
      );
      stage.world.onRequest(({ request }) => {
        if (request.kind !== "kubernetes" || request.request.method !== "PATCH") return;
        if (stage.podsOn(node).some((pod) => pod.metadata.name === "one")) return;
        stage.bind(node, "one");
        stage.bind(node, "two");
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(stage.cordonChanges).toHaveLength(2);
      expect(stage.isCordoned(node)).toBe(false);
      expect(stage.marks(node)).toEqual([]);
      expect(stage.evicted).toEqual([]);
      expect((await stage.records()).map((record) => record.kind)).toContain("NodeUncordoned");
    });
  });
});

describe("a pod that came to the node and must not be evicted", () => {
  const blocked = [
    [
      "a bare pod",
      {},
      /default\/late .*no controller.*make a new plan with pods\.unmanaged: evict \(--evict-unmanaged\)/i,
    ],
    [
      "an emptyDir",
      { volumes: [{ name: "scratch", emptyDir: {} }] },
      /default\/late .*make a new plan with pods\./,
    ],
  ] as const;

  for (const [what, extra, text] of blocked) {
    it(`stops the node before its cordon where it is seen by then: ${what}`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 3)] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(drain(stage));
        stage.bind(node, "late", extra);
        const { end } = await stage.apply(plan);
        expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
        expect(end.message).toMatch(text);
        expect(end.message).toContain(node);
        expect(stage.cordonRequests).toEqual([]);
        expect(stage.evicted).toEqual([]);
      });
    });

    it(`takes the cordon back where it is seen only then: ${what}; a resume goes on once it has left`, async () => {
      const stage = new Stage({ workloads: [aDeployment("web", 3)] });
      await stage.run(async () => {
        const [node = ""] = stage.workers;
        const plan = await stage.plan(drain(stage));
        stage.world.onRequest(({ request, client }) => {
          if (!client.startsWith("dextre") || request.kind !== "kubernetes") return;
          if (request.request.method !== "PATCH" || stage.cordonRequests.length > 1) return;
          stage.bind(node, "late", extra);
        });
        const { end } = await stage.apply(plan);
        expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
        expect(stage.isCordoned(node)).toBe(false);
        expect(stage.marks(node)).toEqual([]);
        expect(stage.evicted).toEqual([]);
        stage.actors.forceDeletePod("default", "late");
        const { end: again } = await stage.apply(plan, { mode: "resume" });
        expect(again).toMatchObject({ exit: 0 });
        expect(stage.evicted).toHaveLength(1);
        expect(stage.log.violations).toEqual([]);
      });
    });
  }

  it("leaves the other nodes their turn", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [first = "", second = "", third = ""] = stage.workers;
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      stage.bind(second, "late");
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, cordoned: [] });
      expect(stage.workers).toContain(second);
      expect(stage.workers).not.toContain(first);
      expect(stage.workers).not.toContain(third);
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("pods that tolerate everything and are put back past the scheduler", () => {
  it("end at the bound, which names them", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(
        drain(stage, "  limits: {maxDiscovered: 3}\n  pods: {unmanaged: evict}\n"),
      );
      let count = 0;
      const putBack = (): void =>
        stage.bind(node, `stubborn-${count++}`, { tolerations: [{ operator: "Exists" }] });
      const seen = new Set<string>();
      stage.world.onChange(({ plural, object: { metadata } }) => {
        if (plural !== "pods" || metadata.deletionTimestamp === undefined || seen.has(metadata.uid)) return;
        seen.add(metadata.uid);
        if (metadata.name.startsWith("stubborn")) stage.in(0.1, putBack);
      });
      putBack();
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [node] });
      expect(end.message).toContain("the plan allows 3: default/stubborn-3");
      expect(stage.evicted.filter((name) => name.includes("stubborn"))).toHaveLength(3);
    });
  });
});

describe("an instance", () => {
  it("is not terminated while a pod that came past the scheduler is on its node, even if it came last", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3)] });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const spec = specOf(`{kind: Nodes, names: [${node}]}`, "  pods: {unmanaged: evict}\n");
      const plan = await stage.plan(spec);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "empty"),
          () => stage.bind(node, "last"),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.evicted).toContain("default/last");
      expect(stage.terminated).toHaveLength(1);
      expect(stage.log.violations).toEqual([]);
    });
  });
});

function order(app: string | undefined): number {
  return ["early", "web", "dns"].indexOf(app ?? "");
}
