import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import { AwsError, type AwsWire } from "#gateway/wire.ts";
import { type OnLoopback, onLoopback } from "./support.ts";

let cluster: OnLoopback;
let wire: AwsWire;

beforeAll(async () => {
  cluster = await onLoopback();
  for (const [name, value] of Object.entries(cluster.served.awsEnvironment)) vi.stubEnv(name, value);
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
  wire = openAwsWire();
  // Loads the SDK, which takes its time on a busy machine.
  await wire.call("DescribeAutoScalingGroups", {});
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await cluster.close();
});

const group = "nodes-a";

describe("the SDK against the served cloud", () => {
  test("describes groups as the world has them", async () => {
    const output = await wire.call("DescribeAutoScalingGroups", { AutoScalingGroupNames: [group] });
    expect(output.AutoScalingGroups).toMatchObject([
      { AutoScalingGroupName: group, MinSize: 3, MaxSize: 6, DesiredCapacity: 3 },
    ]);
    const [found] = output.AutoScalingGroups ?? [];
    expect(found?.Instances?.map(({ LifecycleState }) => LifecycleState)).toEqual(Array(3).fill("InService"));
    expect(found?.Tags).toContainEqual(
      expect.objectContaining({ Key: "KubernetesCluster", Value: "k8s.test" }),
    );
  });

  test("pages by numbers", async () => {
    const first = await wire.call("DescribeAutoScalingGroups", { MaxRecords: 1 });
    expect(first.AutoScalingGroups).toHaveLength(1);
    const rest = await wire.call("DescribeAutoScalingGroups", { NextToken: first.NextToken ?? "" });
    expect(rest.AutoScalingGroups).toHaveLength(1);
  });

  test("describes instances, on both sides", async () => {
    const { AutoScalingInstances: members = [] } = await wire.call("DescribeAutoScalingInstances", {});
    const ids = members.map(({ InstanceId = "" }) => InstanceId);
    const { Reservations: reservations = [] } = await wire.call("DescribeInstances", { InstanceIds: ids });
    const instances = reservations.flatMap(({ Instances = [] }) => Instances);
    expect(instances.map(({ InstanceId }) => InstanceId).toSorted()).toEqual(ids.toSorted());
    expect(instances[0]).toMatchObject({
      State: { Name: "running" },
      PrivateDnsName: expect.stringMatching(/^ip-.*\.eu-west-1\.compute\.internal$/),
      Placement: { AvailabilityZone: expect.stringMatching(/^eu-west-1[abc]$/) },
    });
  });

  test("resolves versions of a launch template", async () => {
    const { AutoScalingGroups: groups = [] } = await wire.call("DescribeAutoScalingGroups", {
      AutoScalingGroupNames: [group],
    });
    const id = groups[0]?.LaunchTemplate?.LaunchTemplateId ?? "";
    const output = await wire.call("DescribeLaunchTemplateVersions", {
      LaunchTemplateId: id,
      Versions: ["$Latest", "$Default"],
    });
    expect(output.LaunchTemplateVersions).toMatchObject([{ VersionNumber: 2 }, { VersionNumber: 1 }]);
  });

  test("terminates an instance, and shows its activity", async () => {
    const { AutoScalingInstances: members = [] } = await wire.call("DescribeAutoScalingInstances", {});
    const id = members.find(({ AutoScalingGroupName }) => AutoScalingGroupName === group)?.InstanceId ?? "";
    const { Activity: activity } = await wire.call("TerminateInstanceInAutoScalingGroup", {
      InstanceId: id,
      ShouldDecrementDesiredCapacity: false,
    });
    expect(activity).toMatchObject({
      Description: `Terminating EC2 instance: ${id}`,
      StatusCode: "InProgress",
    });
    const { Activities: activities = [] } = await wire.call("DescribeScalingActivities", {
      AutoScalingGroupName: group,
    });
    expect(activities[0]?.ActivityId).toBe(activity?.ActivityId);
  });
});

describe("errors of AWS", () => {
  const failureOf = async (call: Promise<unknown>): Promise<unknown> => {
    try {
      return await call;
    } catch (error) {
      return error instanceof AwsError ? { code: error.code, status: error.status } : error;
    }
  };

  test("have their code and status in both protocols", async () => {
    const input = { InstanceId: "i-0123", ShouldDecrementDesiredCapacity: false };
    expect(await failureOf(wire.call("TerminateInstanceInAutoScalingGroup", input))).toEqual({
      code: "ValidationError",
      status: 400,
    });
    expect(await failureOf(wire.call("DescribeInstances", { InstanceIds: ["i-0123"] }))).toEqual({
      code: "InvalidInstanceID.NotFound",
      status: 400,
    });
  });

  test("refuse a request that is too large to be read", async () => {
    const { AWS_ENDPOINT_URL: url = "", AWS_ACCESS_KEY_ID: key = "" } = cluster.served.awsEnvironment;
    const headers = { authorization: `Credential=${key}/20261125/eu-west-1/autoscaling/aws4_request` };
    const body = `Action=DescribeAutoScalingGroups&x=${"x".repeat(1024 * 1024)}`;
    const response = await fetch(url, { method: "POST", headers, body });
    expect(response.status).toBe(413);
    expect(await response.text()).toContain("<Code>RequestEntityTooLarge</Code>");
  });

  test("refuse an access key that nobody has given out", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAOFSOMEBODYELSE00");
    const stranger = openAwsWire();
    expect(await failureOf(stranger.call("DescribeAutoScalingGroups", {}))).toEqual({
      code: "InvalidClientTokenId",
      status: 403,
    });
  });
});

test("a dry run that comes by the query protocol ends nothing, and filters narrow", async () => {
  const { AWS_ENDPOINT_URL: url = "", AWS_ACCESS_KEY_ID: key = "" } = cluster.served.awsEnvironment;
  const ask = async (service: string, form: Readonly<Record<string, string>>) => {
    const authorization = `AWS4-HMAC-SHA256 Credential=${key}/20261125/eu-west-1/${service}/aws4_request`;
    const body = new URLSearchParams(form);
    const response = await fetch(url, { method: "POST", headers: { authorization }, body });
    return { status: response.status, text: await response.text() };
  };
  const { AutoScalingInstances: members = [] } = await wire.call("DescribeAutoScalingInstances", {});
  const id = members.find(({ LifecycleState }) => LifecycleState === "InService")?.InstanceId ?? "";
  const refused = await ask("ec2", { Action: "TerminateInstances", "InstanceId.1": id, DryRun: "true" });
  expect(refused).toMatchObject({ status: 412, text: expect.stringContaining("DryRunOperation") });
  const { Reservations: reservations = [] } = await wire.call("DescribeInstances", { InstanceIds: [id] });
  expect(reservations[0]?.Instances?.[0]?.State?.Name).toBe("running");
  const groups = await ask("autoscaling", {
    Action: "DescribeAutoScalingGroups",
    "Filters.member.1.Name": "tag:nope",
    "Filters.member.1.Values.member.1": "x",
  });
  expect(groups).toMatchObject({ status: 200, text: expect.not.stringContaining("nodes-a") });
});
