import { describe, expect, it } from "vitest";
import { sealPlan } from "#schema/seal-plan.ts";
import { aDeployment, DRAIN_ONLY, isResult, noticesOf, once, Stage, specOf } from "./stage.ts";

const web = { workloads: [aDeployment("web", 3)] };
const all = specOf("{kind: Nodes, role: node}");
const HOUR = 3_600;

/** Nothing of the world was written: neither a node nor a pod nor an instance. */
function expectUntouched(stage: Stage): void {
  expect(stage.cordonRequests).toEqual([]);
  expect(stage.evictionRequests).toEqual([]);
  expect(stage.terminated).toEqual([]);
}

describe("identity: refused whatever is asked for, exit 3", () => {
  it("another cluster, by the UID of kube-system", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const { content, meta } = await stage.plan(all);
      const other = sealPlan({ ...content, cluster: { ...content.cluster, uid: "another" } }, meta);
      const { end } = await stage.apply(other);
      expect(end).toMatchObject({ exit: 3, code: "E-PLAN-OTHER-CLUSTER", run: "" });
      expect(end.message).toContain("another");
      expect(end.message).toContain(stage.universe.clusterUid);
      expectUntouched(stage);
      expect((await stage.lease()).holder).toBe("");
    });
  });

  for (const [what, arn] of [
    ["account", "arn:aws:autoscaling:eu-west-1:999999999999:autoScalingGroup:x:autoScalingGroupName/nodes-a"],
    ["region", "arn:aws:autoscaling:eu-north-1:123456789012:autoScalingGroup:x:autoScalingGroupName/nodes-a"],
  ] as const) {
    it(`another ${what}, by the group's ARN, where an instance is terminated`, async () => {
      const stage = new Stage(web);
      await stage.run(async () => {
        const { content, meta } = await stage.plan(all);
        const groups = content.observed.groups.map((group) => ({ ...group, arn }));
        const other = sealPlan({ ...content, observed: { ...content.observed, groups } }, meta);
        const { end } = await stage.apply(other);
        expect(end).toMatchObject({ exit: 3, code: "E-PLAN-OTHER-ACCOUNT", run: "" });
        expect(end.message).toContain(arn);
        expectUntouched(stage);
        expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
      });
    });
  }

  it("another certificate authority only warns", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const { content, meta } = await stage.plan(
        specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, DRAIN_ONLY),
      );
      const other = sealPlan(
        { ...content, cluster: { ...content.cluster, caFingerprint: "sha256:ab" } },
        meta,
      );
      const { end, process } = await stage.apply(other);
      expect(end).toMatchObject({ exit: 0 });
      expect(noticesOf(process)).toContain("W-CA-DIFFERS");
    });
  });
});

describe("the launch template of a group", () => {
  // The version may be 30 s old where it is read.
  const slow = {
    ...web,
    timings: { instanceBootMs: 40_000, instanceStopMs: 4000, nodeMonitorGraceMs: 6000 },
  };
  const publish = (stage: Stage): void => {
    const { template } = stage.actors.group("nodes-a");
    (template as { latest: number }).latest += 1;
  };

  it("that changed before the start refuses: exit 3", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      publish(stage);
      await stage.wait(60);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "D-LAUNCH-TEMPLATE", run: "" });
      expect(end.message).toMatch(
        /group nodes-a launches lt-\w+ version 3 now, the plan saw lt-\w+ version 2/,
      );
      expectUntouched(stage);
      expect(await stage.lease()).toEqual({ holder: "", runs: "[]" });
    });
  });

  it("that changed during the run stops the nodes that are left, untouched: exit 5", async () => {
    const stage = new Stage(slow);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const [first = "", ...others] = stage.workers;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "terminate"),
          () => publish(stage),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [] });
      expect(end.message).toContain("version 3");
      expect(stage.workers).not.toContain(first);
      for (const other of others) expect(stage.marks(other)).toEqual([]);
      expect(stage.terminated).toHaveLength(1);
    });
  });

  it("that changed behind the cordon stops that node before its instance ends", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 6, { ready: "40s" })] });
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const [first = ""] = stage.workers;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => publish(stage),
        ),
      });
      expect(end).toMatchObject({ exit: 5, code: "E-NODES-STOPPED", cordoned: [first] });
      expect(end.message).toContain("version 3");
      expect(stage.terminated).toEqual([]);
    });
  });
});

describe("an expired plan", () => {
  it("does not start: exit 3, with the time", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const { content, meta } = await stage.plan(all);
      const expiresAt = new Date(stage.universe.driver.now() + HOUR * 1000).toISOString();
      const plan = sealPlan(content, { ...meta, expiresAt });
      await stage.wait(HOUR + 1);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-PLAN-EXPIRED", run: "" });
      expect(end.message).toContain(plan.meta.expiresAt);
      expectUntouched(stage);
    });
  });

  it("that was begun in time goes on", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const { content, meta } = plan;
      const soon = sealPlan(content, {
        ...meta,
        expiresAt: new Date(stage.universe.driver.now() + 30_000).toISOString(),
      });
      const { end } = await stage.apply(soon, {
        onEvent: once(
          (event) => isResult(event, "evict"),
          (_, process) => process.stop.abort(new Error("SIGTERM")),
        ),
      });
      expect(end).toMatchObject({ exit: 4 });
      await stage.wait(300);
      const { end: again } = await stage.apply(soon, { mode: "resume" });
      expect(again).toMatchObject({ exit: 0 });
    });
  });
});

describe("satisfied and skipped", () => {
  it("a node that is under the target's exclude now is skipped, untouched", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node, exclude: dextre.dev/hold}"));
      const [, second = ""] = stage.workers;
      stage.actors.request("PATCH", `/api/v1/nodes/${second}`, {
        metadata: { labels: { "dextre.dev/hold": "" } },
      });
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.workers).toContain(second);
      expect(stage.marks(second)).toEqual([]);
      expect(stage.terminated).toHaveLength(2);
      const result = (await stage.results()).get(`node/${second}/cordon`);
      expect(result).toMatchObject({ outcome: "skipped", code: "R-NODE-EXCLUDED" });
    });
  });

  it("a node that is gone, with its successor there already, is satisfied; the newcomer is left alone", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const [, second = ""] = stage.workers;
      const planned = new Set(stage.workers);
      stage.actors.terminateInstance(stage.instanceOf(second));
      await stage.wait(120);
      const newcomer = stage.workers.find((name) => !planned.has(name)) ?? "";
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(2);
      expect(stage.workers).toContain(newcomer);
      expect((await stage.results()).get(`node/${second}/cordon`)).toMatchObject({
        outcome: "satisfied",
        code: "R-NODE-GONE",
      });
      expect(noticesOf(process)).toContain("D-NEW-NODES");
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("a node whose name stands for another one now is satisfied, and that one left alone", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(specOf(`{kind: Nodes, names: [${node}]}`, DRAIN_ONLY));
      const old = stage.node(node);
      stage.actors.delete("nodes", undefined, node);
      const instance = stage.world.fleet.membersOf("nodes-a").find((one) => one.dnsName === node);
      if (instance) stage.world.cloudNodes.joined(instance, stage.actors.group("nodes-a"));
      await stage.wait(60);
      expect(stage.node(node)?.metadata.uid).not.toBe(old?.metadata.uid);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expectUntouched(stage);
      expect((await stage.results()).get(`node/${node}/cordon`)).toMatchObject({ code: "R-NODE-RENEWED" });
    });
  });
});

describe("benign", () => {
  it("a capacity and a replica count that others changed are reported, and written by nobody", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(all);
      const group = stage.actors.group("nodes-a");
      group.max = 9;
      stage.actors.setDesired("nodes-a", 4);
      stage.actors.scale("deployments", "default", "web", 4);
      await stage.wait(60);
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(noticesOf(process)).toEqual(
        expect.arrayContaining(["D-CAPACITY-CHANGED", "D-REPLICAS-CHANGED"]),
      );
      const text = JSON.stringify(process.events);
      expect(text).toContain("group nodes-a: desired 3 → 4, max 6 → 9; left as it is");
      expect(text).toContain("Deployment default/web wants 4 pods now, the plan saw 3");
      expect([group.desired, group.max, group.min]).toEqual([4, 9, 3]);
      const actions = new Set(
        stage.sent.flatMap(({ request }) => (request.kind === "aws" ? [request.action] : [])),
      );
      expect([...actions].filter((action) => !action.startsWith("Describe"))).toEqual([
        "TerminateInstanceInAutoScalingGroup",
      ]);
    });
  });
});

describe("a plan with blockers", () => {
  it("is not applied: exit 3, naming the first", async () => {
    const stage = new Stage({ workloads: [aDeployment("web", 3), { kind: "Pod", name: "alone" }] });
    await stage.run(async () => {
      const plan = await stage.plan(all);
      expect(plan.content.applyable).toBe(false);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 3, code: "E-PLAN-BLOCKED", run: "" });
      expect(end.message).toContain("default/alone");
      expect(stage.sent).toEqual([]);
    });
  });
});
