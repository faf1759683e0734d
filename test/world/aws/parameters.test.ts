import { describe, expect, test } from "vitest";
import type { AwsError } from "#gateway/wire.ts";
import type { InputOf, WorldAwsAction } from "#world/aws/actions.ts";
import { Cloud, ofWeb } from "./support.ts";

/** What comes over the wire, whatever its type. */
function refusalOf<A extends WorldAwsAction>(cloud: Cloud, action: A, input: object): AwsError {
  return cloud.errorOf(action, input as InputOf<A>);
}

const aTemplate = { LaunchTemplateName: "web" };

describe("a parameter that an action does not understand", () => {
  test.each<[WorldAwsAction, object, string]>([
    ["UpdateAutoScalingGroup", { ...ofWeb, MixedInstancesPolicy: { LaunchTemplate: {} } }, "MixedInstancesP"],
    ["UpdateAutoScalingGroup", { ...ofWeb, HealthCheckType: "ELB" }, "HealthCheckType"],
    ["UpdateAutoScalingGroup", { ...ofWeb, MaxInstanceLifetime: 86_400 }, "MaxInstanceLifetime"],
    ["UpdateAutoScalingGroup", { ...ofWeb, HealthCheckGracePeriod: 0 }, "HealthCheckGracePeriod"],
    ["StartInstanceRefresh", { ...ofWeb, DesiredConfiguration: { LaunchTemplate: {} } }, "DesiredConfigur"],
    ["StartInstanceRefresh", { ...ofWeb, Preferences: { AutoRollback: true } }, "Preferences.AutoRollback"],
    ["StartInstanceRefresh", { ...ofWeb, Preferences: { CheckpointPercentages: [50] } }, "Preferences.Check"],
    ["CreateOrUpdateTags", { Tags: [{ ResourceId: "web", Colour: "red" }] }, "Tags.Colour"],
    ["DescribeAutoScalingGroups", { DryRun: true }, "DryRun"],
  ])("is refused with its name: %s %j", (action, input, name) => {
    const error = refusalOf(new Cloud(), action, input);
    expect(error).toMatchObject({ code: "ValidationError", status: 400 });
    expect(error.message).toContain(`The parameter ${name}`);
  });

  test("is UnknownParameter for EC2", () => {
    const input = { InstanceIds: ["i-1"], SkipOsShutdown: true };
    expect(refusalOf(new Cloud(), "TerminateInstances", input)).toMatchObject({ code: "UnknownParameter" });
  });

  test("leaves the group as it is", () => {
    const cloud = new Cloud();
    refusalOf(cloud, "UpdateAutoScalingGroup", { ...ofWeb, MaxSize: 4, HealthCheckType: "ELB" });
    expect(cloud.group.MaxSize).toBe(6);
  });
});

test("parameters that are absent, and empty lists as the query protocol writes them, are no offence", () => {
  const cloud = new Cloud();
  const input: object = { AutoScalingGroupNames: "", Filters: "", NextToken: undefined, Colour: undefined };
  expect(cloud.call("DescribeAutoScalingGroups", input).AutoScalingGroups).toHaveLength(1);
});

describe("a dry run of EC2", () => {
  const template = (cloud: Cloud) => cloud.call("DescribeLaunchTemplates", {}).LaunchTemplates[0];

  test("ends before anything is done", () => {
    const cloud = new Cloud();
    const before = template(cloud);
    const own = { LaunchTemplateId: before?.LaunchTemplateId ?? "" };
    const calls: readonly [WorldAwsAction, object][] = [
      ["TerminateInstances", { InstanceIds: [cloud.id(0)] }],
      ["CreateLaunchTemplateVersion", { ...own, LaunchTemplateData: { ImageId: "ami-1" } }],
      ["ModifyLaunchTemplate", { ...own, DefaultVersion: "1" }],
      ["DescribeInstances", {}],
      ["DescribeLaunchTemplates", {}],
      ["DescribeLaunchTemplateVersions", own],
    ];
    for (const [action, input] of calls) {
      const error = refusalOf(cloud, action, { ...input, DryRun: true });
      expect(error, action).toMatchObject({ code: "DryRunOperation", status: 412 });
    }
    expect(template(cloud)).toEqual(before);
    cloud.pass(60);
    expect([...cloud.states.values()]).toEqual(["InService", "InService", "InService"]);
  });

  test("says so where the call would have failed", () => {
    const input = { InstanceIds: ["i-none"], DryRun: true };
    expect(new Cloud().errorOf("TerminateInstances", input).code).toBe("InvalidInstanceID.NotFound");
  });
});

describe("values that AWS does not know", () => {
  test.each<[WorldAwsAction, object, string]>([
    ["UpdateAutoScalingGroup", { LaunchTemplate: { ...aTemplate, LaunchTemplateName: "nope" } }, "nope"],
    ["UpdateAutoScalingGroup", { LaunchTemplate: { Version: "1" } }, "without an id or a name"],
    ["UpdateAutoScalingGroup", { AvailabilityZones: ["eu-mars-9z"] }, "eu-mars-9z"],
    ["StartInstanceRefresh", { Strategy: "Sideways" }, "Sideways"],
    ["PutLifecycleHook", { LifecycleHookName: "h", LifecycleTransition: "autoscaling:FOO" }, "FOO"],
    [
      "PutLifecycleHook",
      {
        LifecycleHookName: "h",
        LifecycleTransition: "autoscaling:EC2_INSTANCE_LAUNCHING",
        DefaultResult: "MAYBE",
      },
      "MAYBE",
    ],
    ["LaunchInstances", { ClientToken: "t", RequestedCapacity: 1, RetryStrategy: "often" }, "often"],
  ])("are a ValidationError: %s %j", (action, input, word) => {
    const error = refusalOf(new Cloud(), action, { ...ofWeb, ...input });
    expect(error.code).toBe("ValidationError");
    expect(error.message).toContain(word);
  });

  test("include a health that is neither", () => {
    const cloud = new Cloud();
    const input = { InstanceId: cloud.id(0), HealthStatus: "Dizzy" };
    expect(cloud.errorOf("SetInstanceHealth", input).message).toContain("Dizzy");
  });
});

test("a group takes another version of its own template, by default the default one", () => {
  const cloud = new Cloud();
  const { LaunchTemplateId = "" } = cloud.group.LaunchTemplate ?? {};
  cloud.call("UpdateAutoScalingGroup", { ...ofWeb, LaunchTemplate: { LaunchTemplateId, Version: "1" } });
  expect(cloud.group.LaunchTemplate?.Version).toBe("1");
  cloud.call("UpdateAutoScalingGroup", { ...ofWeb, LaunchTemplate: { LaunchTemplateId } });
  expect(cloud.group.LaunchTemplate?.Version).toBe("$Default");
});

test("a version of a template builds on its source, and is made once for each client token", () => {
  const cloud = new Cloud();
  const { LaunchTemplateId = "" } = cloud.group.LaunchTemplate ?? {};
  const create = (more: object) =>
    cloud.call("CreateLaunchTemplateVersion", { LaunchTemplateId, ...more }).LaunchTemplateVersion;
  const first = create({ LaunchTemplateData: { ImageId: "ami-1" }, ClientToken: "a" });
  expect(create({ LaunchTemplateData: { ImageId: "ami-1" }, ClientToken: "a" })).toEqual(first);
  const second = create({
    SourceVersion: String(first.VersionNumber),
    LaunchTemplateData: { InstanceType: "m6i.large" },
  });
  expect(second).toMatchObject({
    VersionNumber: first.VersionNumber + 1,
    LaunchTemplateData: { ImageId: "ami-1", InstanceType: "m6i.large" },
  });
});
