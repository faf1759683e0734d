import { describe, expect, test } from "vitest";
import { Cloud, ofWeb } from "./support.ts";

describe("a terminating hook", () => {
  const hooks = [{ name: "drain", when: "terminating", timeout: "60s", result: "CONTINUE" }] as const;

  test("holds the instance in Terminating:Wait, running, until it is completed", () => {
    const cloud = new Cloud({ hooks });
    const id = cloud.id(0);
    cloud.terminate(id);
    cloud.pass(50);
    expect(cloud.states.get(id)).toBe("Terminating:Wait");
    expect(cloud.activities.some(({ StatusCode }) => StatusCode === "MidTerminatingLifecycleAction")).toBe(
      true,
    );
    const [reservation] = cloud.call("DescribeInstances", { InstanceIds: [id] }).Reservations ?? [];
    expect(reservation?.Instances?.[0]?.State?.Name).toBe("running");
    cloud.call("CompleteLifecycleAction", {
      ...ofWeb,
      LifecycleHookName: "drain",
      InstanceId: id,
      LifecycleActionResult: "CONTINUE",
    });
    expect(cloud.states.get(id)).toBe("Terminating:Proceed");
    cloud.pass(60);
    expect(cloud.states.has(id)).toBe(false);
  });

  test("goes on by its default result when its time is over, which heartbeats put off", () => {
    const cloud = new Cloud({ hooks });
    const id = cloud.id(0);
    cloud.terminate(id);
    cloud.pass(55);
    cloud.call("RecordLifecycleActionHeartbeat", { ...ofWeb, LifecycleHookName: "drain", InstanceId: id });
    cloud.pass(50);
    expect(cloud.states.get(id)).toBe("Terminating:Wait");
    cloud.pass(11);
    expect(cloud.states.get(id)).toBe("Terminating:Proceed");
    const action = { ...ofWeb, LifecycleHookName: "drain", InstanceId: id };
    expect(cloud.errorOf("RecordLifecycleActionHeartbeat", action).message).toContain(
      `No active Lifecycle Action found with instance ID ${id}`,
    );
  });
});

test("a launching hook that is abandoned ends the instance, and another is launched", () => {
  const cloud = new Cloud({ hooks: [{ name: "warm", when: "launching", timeout: "30s" }] });
  const before = cloud.ids;
  cloud.terminate(cloud.id(0));
  cloud.pass(25);
  const fresh = cloud.ids.find((id) => !before.includes(id)) ?? "";
  expect(cloud.states.get(fresh)).toBe("Pending:Wait");
  cloud.pass(31);
  expect(cloud.states.get(fresh)).not.toBe("InService");
  cloud.pass(40);
  expect([...cloud.states].filter(([id]) => id !== fresh && !before.includes(id))).toHaveLength(1);
});

test("standby takes an instance out of the count, and gives it back", () => {
  const cloud = new Cloud();
  const id = cloud.id(0);
  cloud.call("EnterStandby", { ...ofWeb, InstanceIds: [id], ShouldDecrementDesiredCapacity: true });
  cloud.pass(120);
  expect(cloud.group.DesiredCapacity).toBe(2);
  expect(cloud.states.get(id)).toBe("Standby");
  expect(cloud.ids).toHaveLength(3);
  cloud.call("ExitStandby", { ...ofWeb, InstanceIds: [id] });
  cloud.pass(120);
  expect([...cloud.states.values()]).toEqual(["InService", "InService", "InService"]);
  cloud.call("EnterStandby", { ...ofWeb, InstanceIds: [id], ShouldDecrementDesiredCapacity: false });
  cloud.pass(120);
  expect(cloud.ids).toHaveLength(4);
});

test("a detached instance runs on outside, its place is filled, and it may be attached again", () => {
  const cloud = new Cloud();
  const id = cloud.id(0);
  cloud.call("DetachInstances", { ...ofWeb, InstanceIds: [id], ShouldDecrementDesiredCapacity: false });
  cloud.pass(120);
  expect(cloud.states.has(id)).toBe(false);
  expect(cloud.ids).toHaveLength(3);
  expect(
    cloud.errorOf("TerminateInstanceInAutoScalingGroup", {
      InstanceId: id,
      ShouldDecrementDesiredCapacity: false,
    }).code,
  ).toBe("ValidationError");
  cloud.call("AttachInstances", { ...ofWeb, InstanceIds: [id] });
  expect(cloud.group.DesiredCapacity).toBe(4);
  expect(cloud.states.get(id)).toBe("InService");
});

test("an instance that EC2 ends is replaced, unless ReplaceUnhealthy is suspended", () => {
  const cloud = new Cloud();
  const [first = "", second = ""] = cloud.ids;
  cloud.call("TerminateInstances", { InstanceIds: [first] });
  cloud.pass(120);
  expect(cloud.ids).toHaveLength(3);
  expect(cloud.states.has(first)).toBe(false);
  cloud.call("SuspendProcesses", { ...ofWeb, ScalingProcesses: ["ReplaceUnhealthy"] });
  cloud.actors.terminateInstance(second);
  cloud.pass(120);
  expect(cloud.states.get(second)).toBe("InService");
  cloud.call("ResumeProcesses", ofWeb);
  cloud.pass(120);
  expect(cloud.states.has(second)).toBe(false);
  expect(cloud.ids).toHaveLength(3);
});

test("a spot instance goes two minutes after its notice", () => {
  const cloud = new Cloud();
  const id = cloud.id(0);
  cloud.actors.interruptSpot(id);
  cloud.pass(119);
  expect(cloud.states.get(id)).toBe("InService");
  cloud.pass(2);
  expect(cloud.states.get(id)).toBe("Terminating");
});

test("EC2 forgets an ended instance after an hour", () => {
  const cloud = new Cloud();
  const id = cloud.id(0);
  cloud.terminate(id);
  cloud.pass(3000);
  expect(cloud.call("DescribeInstances", { InstanceIds: [id] }).Reservations).toHaveLength(1);
  cloud.pass(1000);
  expect(cloud.errorOf("DescribeInstances", { InstanceIds: [id] }).code).toBe("InvalidInstanceID.NotFound");
});

test("an instance of the warm pool is listed as such and serves first", () => {
  const cloud = new Cloud();
  const warm = cloud.world.fleet.addWarm(cloud.actors.group("web"));
  expect(cloud.states.has(warm.id)).toBe(false);
  expect(cloud.call("DescribeWarmPool", ofWeb).Instances).toMatchObject([
    { InstanceId: warm.id, LifecycleState: "Warmed:Stopped" },
  ]);
  cloud.call("SetDesiredCapacity", { ...ofWeb, DesiredCapacity: 4 });
  cloud.pass(60);
  expect(cloud.states.get(warm.id)).toBe("InService");
});
