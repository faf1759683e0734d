import { describe, expect, it } from "vitest";
import { AwsError } from "#gateway/wire.ts";
import type { Scenario } from "#world/scenario.ts";
import { aDeployment, isResult, isTerminate, once, Stage, specOf, waitsOf } from "./stage.ts";

const web: Partial<Scenario> = { workloads: [aDeployment("web", 3)] };
const roll = (stage: Stage, rest = ""): string => specOf(`{kind: Nodes, names: [${stage.workers[0]}]}`, rest);
const emptied = (event: Parameters<typeof isResult>[0]): boolean => isResult(event, "empty");

async function resultOf(stage: Stage, verb: string) {
  return [...(await stage.results()).values()].find((result) => result.step.endsWith(`/${verb}`));
}

/** The members of the worker group, by id. */
const members = (stage: Stage): readonly string[] =>
  stage.world.fleet.membersOf("nodes-a").map(({ id, lifecycle }) => `${id} ${lifecycle}`);

describe("the instance of a drained node", () => {
  it("that somebody else ended gets no call, and its successor is awaited all the same", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(roll(stage));
      const id = stage.instanceOf(node);
      const { end } = await stage.apply(plan, {
        onEvent: once(emptied, () => stage.actors.terminateInstance(id)),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toEqual([]);
      expect(await resultOf(stage, "terminate")).toMatchObject({
        outcome: "satisfied",
        code: "R-ALREADY-SO",
      });
      expect(await resultOf(stage, "new-node")).toMatchObject({ code: "R-NEW-NODE" });
      expect(stage.workers).toHaveLength(3);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("that is gone long before the drain ends, with its node, is satisfied all the way", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(roll(stage));
      const id = stage.instanceOf(node);
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "cordon"),
          () => stage.actors.terminateInstance(id),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toEqual([]);
      expect(stage.workers).toHaveLength(3);
      expect(stage.workers).not.toContain(node);
    });
  });

  it("is ended once where the answer was lost: the group is read before anything else", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      stage.fault = (request) =>
        isTerminate(request) ? { kind: "lostAnswer", failure: "reset" } : undefined;
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(1);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("is ended once where the answer was lost and dextre was killed", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      stage.fault = (request) =>
        isTerminate(request) ? { kind: "lostAnswer", failure: "reset" } : undefined;
      await stage.applyUntilKilled(
        plan,
        (event) =>
          event.kind === "StepWaiting" &&
          event.step.endsWith("/terminate") &&
          event.reason.code === "N-SERVER-TROUBLE",
      );
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(1);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("is ended once where the call was lost on its way: after agreeing reads it is sent again", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      let isFirst = true;
      stage.fault = (request) => {
        if (!isTerminate(request) || !isFirst) return undefined;
        isFirst = false;
        return { kind: "lostRequest", failure: "reset" };
      };
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.terminated).toHaveLength(1);
      expect(stage.log.violations).toEqual([]);
    });
  });

  it("waits out a group that is busy, and a throttled account", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      const errors = [
        new AwsError("ScalingActivityInProgress", "Activity 1 is in progress.", 400, true),
        new AwsError("ResourceContention", "You have a pending update.", 500, true),
        new AwsError("Throttling", "Rate exceeded", 400, true),
      ];
      stage.fault = (request) => {
        const error = isTerminate(request) ? errors.shift() : undefined;
        return error && { kind: "awsError", error };
      };
      const { end, process } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      const busy = waitsOf(process).filter((reason) => reason.code === "N-SCALING-BUSY");
      expect(busy.map((reason) => reason.message).join()).toMatch(
        /in progress.*pending update.*Rate exceeded/,
      );
      expect(stage.terminated).toHaveLength(1);
    });
  });

  it("that AWS refuses to end stops the run with AWS's own words: exit 5", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(roll(stage));
      const error = new AwsError("ValidationError", "Currently, desiredSize equals minSize (3).", 400, true);
      stage.fault = (request) => (isTerminate(request) ? { kind: "awsError", error } : undefined);
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-TERMINATE-REFUSED", cordoned: [node] });
      expect(end.message).toContain(stage.instanceOf(node));
      expect(end.message).toContain("desiredSize equals minSize (3)");
      stage.fault = () => undefined;
      expect((await stage.apply(plan)).end).toMatchObject({ exit: 0 });
    });
  });
});

describe("the successor", () => {
  it("is not awaited where somebody lowered the desired capacity: reported as such", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      stage.actors.group("nodes-a").min = 1;
      const { end } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "terminate"),
          () => stage.actors.setDesired("nodes-a", 2),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      const result = await resultOf(stage, "new-node");
      expect(result).toMatchObject({ outcome: "satisfied", code: "R-NO-SUCCESSOR" });
      expect(result?.message).toContain("nodes-a wants 2 now, not 3");
      expect(stage.workers).toHaveLength(2);
      expect(stage.actors.group("nodes-a").desired).toBe(2);
    });
  });

  it("whose launch fails is told at once with the scaling activity's message", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      const text =
        "We currently do not have sufficient m5.large capacity in the Availability Zone you requested";
      stage.actors.failNextLaunch("nodes-a", text);
      stage.actors.failNextLaunch("nodes-a", text);
      let endedAt = 0;
      let toldAfter = 0;
      const { end, process } = await stage.apply(plan, {
        onEvent: (event, { client }) => {
          if (isResult(event, "terminate")) endedAt = client.clock.now();
          if (event.kind === "StepWaiting" && event.reason.code === "N-LAUNCH-FAILED")
            toldAfter ||= client.clock.now() - endedAt;
        },
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process).find((reason) => reason.code === "N-LAUNCH-FAILED")?.message).toContain(text);
      expect(toldAfter).toBeGreaterThan(0);
      expect(toldAfter).toBeLessThan(20_000);
    });
  });

  it("that is in service but never joins stops the run, naming instance and command: exit 5", async () => {
    const stage = new Stage({
      ...web,
      timings: {
        instanceBootMs: 3000,
        nodeJoinMs: 86_400_000,
        instanceStopMs: 4000,
        nodeMonitorGraceMs: 6000,
      },
    });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const plan = await stage.plan(roll(stage, "  timeouts: {node: 5m}\n"));
      const before = new Set(stage.world.fleet.membersOf("nodes-a").map(({ id }) => id));
      const { end } = await stage.apply(plan);
      const fresh = stage.world.fleet.membersOf("nodes-a").find(({ id }) => !before.has(id));
      expect(end).toMatchObject({ exit: 5, code: "E-NODE-TIMEOUT", cordoned: [] });
      expect(end.message).toContain(
        `no new node for ${node} within 300 s: new instance ${fresh?.id} has not joined`,
      );
      expect(end.message).toContain(
        "see: aws autoscaling describe-scaling-activities --auto-scaling-group-name nodes-a",
      );
      expect(stage.terminated).toHaveLength(1);
    });
  });

  it("is awaited while somebody has the launches suspended, which is told", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(roll(stage));
      stage.in(200, () => stage.actors.suspend("nodes-a", []));
      const { end, process } = await stage.apply(plan, {
        onEvent: once(
          (event) => isResult(event, "empty"),
          () => stage.actors.suspend("nodes-a", ["Launch"]),
        ),
      });
      expect(end).toMatchObject({ exit: 0 });
      expect(waitsOf(process)).toContainEqual({
        code: "N-AWAITING-INSTANCE",
        message: "group nodes-a has not launched the successor yet: its process Launch is suspended",
      });
      expect(stage.actors.group("nodes-a").suspended).toEqual([]);
    });
  });

  it("is another one for each node", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const plan = await stage.plan(specOf("{kind: Nodes, role: node}"));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      const successors = [...(await stage.results()).values()].flatMap(
        (one) => one.facts.successor?.instanceId ?? [],
      );
      expect(new Set(successors).size).toBe(3);
      expect(stage.log.violations).toEqual([]);
    });
  });
});

describe("a name that the new instance inherits", () => {
  const reusing: Partial<Scenario> = {
    ...web,
    groups: [
      {
        name: "nodes-a",
        role: "node",
        size: 3,
        min: 3,
        max: 6,
        zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        reusesNames: true,
      },
    ],
    // The old Node object outlives its instance: the cloud's node loop is slow.
    timings: {
      instanceBootMs: 3000,
      nodeJoinMs: 3000,
      nodeReadyMs: 2000,
      instanceStopMs: 4000,
      nodeMonitorGraceMs: 6000,
      cloudLoopMs: 60_000,
    },
  };

  it("stops the run where the old Node object turns Ready again, naming kubectl delete node: exit 5", async () => {
    const stage = new Stage(reusing);
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const uid = stage.node(node)?.metadata.uid;
      const plan = await stage.plan(roll(stage));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 5, code: "E-NODE-CAME-BACK" });
      expect(end.message).toContain(`kubectl delete node ${node}`);
      expect(stage.node(node)?.metadata.uid).toBe(uid);
      expect(await resultOf(stage, "new-node")).toBeUndefined();
      // What the message asks for: the kubelet registers anew, and the run goes on.
      stage.actors.delete("nodes", undefined, node);
      const group = stage.actors.group("nodes-a");
      const instance = stage.world.fleet.membersOf("nodes-a").find((one) => one.dnsName === node);
      if (instance) stage.world.cloudNodes.joined(instance, group);
      const { end: again } = await stage.apply(plan, { mode: "resume" });
      expect(again).toMatchObject({ exit: 0 });
      expect(await resultOf(stage, "new-node")).toMatchObject({ code: "R-NEW-NODE" });
      expect(stage.terminated).toHaveLength(1);
      expect(stage.isCordoned(node)).toBe(false);
    });
  });

  it("does no harm where the old Node object was gone in time: identity is never the name", async () => {
    const stage = new Stage({
      ...reusing,
      timings: { ...reusing.timings, nodeJoinMs: 90_000, cloudLoopMs: 1000 },
    });
    await stage.run(async () => {
      const [node = ""] = stage.workers;
      const uid = stage.node(node)?.metadata.uid;
      const plan = await stage.plan(roll(stage));
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0 });
      expect(stage.node(node)?.metadata.uid).not.toBe(uid);
      expect((await resultOf(stage, "new-node"))?.facts.successor?.nodeUid).toBe(
        stage.node(node)?.metadata.uid,
      );
    });
  });
});

describe("plans that terminate nothing", () => {
  it("make no AWS call at all, and leave the group as it is", async () => {
    const stage = new Stage(web);
    await stage.run(async () => {
      const before = members(stage);
      const plan = await stage.plan(roll(stage, "  replace: {mode: none}\n"));
      expect(plan.content.cluster.aws).toBeNull();
      const { end } = await stage.apply(plan);
      expect(end).toMatchObject({ exit: 0, cordoned: [stage.workers[0]] });
      expect(stage.awsCalls).toBe(0);
      expect(members(stage)).toEqual(before);
    });
  });
});
