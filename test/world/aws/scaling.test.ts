import { describe, expect, test } from "vitest";
import { Cloud, ofWeb } from "./support.ts";

describe("zones", () => {
  test("that are two apart are evened out: a launch first, then a termination in the fullest", () => {
    const cloud = new Cloud({ zones: ["eu-west-1a", "eu-west-1b"], size: 4 });
    const ofZone = (zone: string): readonly string[] =>
      (cloud.group.Instances ?? [])
        .filter(({ AvailabilityZone }) => AvailabilityZone === zone)
        .map(({ InstanceId = "" }) => InstanceId);
    for (const id of ofZone("eu-west-1a")) cloud.terminate(id, true);
    cloud.pass(31);
    expect(cloud.zones).toEqual(["b", "b"]);
    cloud.pass(70);
    expect(cloud.zones).toEqual(["a", "b", "b"]);
    expect(cloud.group.DesiredCapacity).toBe(2);
    cloud.pass(120);
    expect(cloud.zones).toEqual(["a", "b"]);
  });

  test("stay as they are while AZRebalance is suspended", () => {
    const cloud = new Cloud({ zones: ["eu-west-1a", "eu-west-1b"], size: 4, suspended: ["AZRebalance"] });
    for (const { InstanceId = "", AvailabilityZone } of cloud.group.Instances ?? []) {
      if (AvailabilityZone === "eu-west-1a") cloud.terminate(InstanceId, true);
    }
    cloud.pass(600);
    expect(cloud.zones).toEqual(["b", "b"]);
  });

  test("without capacity make a failed activity with EC2's words, and the next launch goes elsewhere", () => {
    const cloud = new Cloud({ instanceType: "m5.large" }, { lacking: [{ zone: "eu-west-1a" }] });
    const victim = cloud.group.Instances?.find(({ AvailabilityZone }) => AvailabilityZone === "eu-west-1a");
    cloud.terminate(victim?.InstanceId ?? "");
    cloud.pass(5);
    const failed = cloud.activities.find(({ StatusCode }) => StatusCode === "Failed");
    expect(failed?.StatusMessage).toContain(
      "InsufficientInstanceCapacity - We currently do not have sufficient m5.large capacity",
    );
    expect(failed?.StatusMessage).toContain("or choosing eu-west-1b, eu-west-1c");
    cloud.pass(60);
    expect(cloud.zones).toEqual(["b", "b", "c"]);
  });
});

describe("shrinking", () => {
  test("spares protected instances, and takes by the group's policies", () => {
    const cloud = new Cloud({ zones: ["eu-west-1a"], terminationPolicies: ["NewestInstance"] });
    const [first = "", second = "", third = ""] = cloud.ids;
    cloud.call("SetInstanceProtection", { ...ofWeb, InstanceIds: [third], ProtectedFromScaleIn: true });
    cloud.call("SetDesiredCapacity", { ...ofWeb, DesiredCapacity: 2 });
    cloud.pass(60);
    expect(cloud.ids).toEqual([first, third]);
    cloud.call("UpdateAutoScalingGroup", { ...ofWeb, TerminationPolicies: ["OldestInstance"], MaxSize: 1 });
    cloud.pass(60);
    expect(cloud.ids).toEqual([third]);
    expect(second).not.toBe("");
    cloud.terminate(third);
    cloud.pass(60);
    expect(cloud.states.has(third)).toBe(false);
  });

  test("by the default policy takes the oldest launch template first", () => {
    const cloud = new Cloud({
      zones: ["eu-west-1a"],
      launchTemplate: { running: 2, latest: 2, follows: "1" },
    });
    cloud.terminate(cloud.id(0));
    cloud.pass(120);
    const old = cloud.group.Instances?.find(({ LaunchTemplate }) => LaunchTemplate?.Version === "1");
    cloud.call("SetDesiredCapacity", { ...ofWeb, DesiredCapacity: 2 });
    cloud.pass(60);
    expect(cloud.states.has(old?.InstanceId ?? "")).toBe(false);
  });
});

describe("SetDesiredCapacity", () => {
  test("outside the bounds is a ValidationError that names them", () => {
    const cloud = new Cloud();
    const error = cloud.errorOf("SetDesiredCapacity", { ...ofWeb, DesiredCapacity: 7 });
    expect(error).toMatchObject({ code: "ValidationError", status: 400 });
    expect(error.message).toContain("above max value 6");
  });

  test("honours the cooldown only where asked to", () => {
    const cloud = new Cloud();
    cloud.call("SetDesiredCapacity", { ...ofWeb, DesiredCapacity: 4 });
    const more = { ...ofWeb, DesiredCapacity: 5 };
    expect(cloud.errorOf("SetDesiredCapacity", { ...more, HonorCooldown: true }).code).toBe(
      "ScalingActivityInProgress",
    );
    cloud.call("SetDesiredCapacity", more);
    cloud.pass(60);
    expect(cloud.ids).toHaveLength(5);
  });
});

test("UpdateAutoScalingGroup moves desired within new bounds, and follows template versions that are there", () => {
  const cloud = new Cloud();
  cloud.call("UpdateAutoScalingGroup", { ...ofWeb, MinSize: 4 });
  expect(cloud.group).toMatchObject({ MinSize: 4, DesiredCapacity: 4 });
  expect(cloud.errorOf("UpdateAutoScalingGroup", { ...ofWeb, MinSize: 9 }).code).toBe("ValidationError");
  const template = cloud.group.LaunchTemplate?.LaunchTemplateId ?? "";
  const follow = { ...ofWeb, LaunchTemplate: { LaunchTemplateId: template, Version: "2" } };
  expect(cloud.errorOf("UpdateAutoScalingGroup", follow).code).toBe("ValidationError");
  cloud.call("CreateLaunchTemplateVersion", {
    LaunchTemplateId: template,
    LaunchTemplateData: { InstanceType: "m6i.large" },
  });
  cloud.call("UpdateAutoScalingGroup", follow);
  const [old = ""] = cloud.ids;
  cloud.terminate(old);
  cloud.pass(60);
  const fresh = cloud.group.Instances?.filter(({ LaunchTemplate }) => LaunchTemplate?.Version === "2");
  expect(new Set(fresh?.map(({ InstanceType }) => InstanceType))).toEqual(new Set(["m6i.large"]));
});

describe("LaunchInstances", () => {
  const launch = { ...ofWeb, ClientToken: "step-1", RequestedCapacity: 1, AvailabilityZones: ["eu-west-1b"] };

  test("with the same token launches once, and answers the same", () => {
    const cloud = new Cloud();
    const first = cloud.call("LaunchInstances", launch);
    expect(first.Instances[0]?.AvailabilityZone).toBe("eu-west-1b");
    expect(cloud.call("LaunchInstances", launch)).toEqual(first);
    expect(cloud.group.DesiredCapacity).toBe(4);
    cloud.pass(60);
    expect(cloud.states.get(first.Instances[0]?.InstanceIds[0] ?? "")).toBe("InService");
    expect(cloud.errorOf("LaunchInstances", { ...launch, RequestedCapacity: 2 }).code).toBe(
      "IdempotentParameterMismatch",
    );
  });

  test("tells at once of capacity that is not there, and leaves desired alone", () => {
    const cloud = new Cloud({}, { lacking: [{ zone: "eu-west-1b" }] });
    const answer = cloud.call("LaunchInstances", launch);
    expect(answer.Instances).toEqual([]);
    expect(answer.Errors[0]?.ErrorCode).toBe("InsufficientInstanceCapacity");
    expect(cloud.group.DesiredCapacity).toBe(3);
  });
});
