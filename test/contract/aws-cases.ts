import { expect } from "vitest";
import type { AwsAction, AwsActions } from "#gateway/wire.ts";
import { AwsError, type AwsGroup } from "#gateway/wire.ts";
import { until } from "./api.ts";
import type { ContractCase, Namespaced } from "./subject.ts";

/** @throws Error where AWS knows no such group */
export async function group({ subject }: Namespaced, name: string): Promise<AwsGroup> {
  const input = { AutoScalingGroupNames: [name] };
  const { AutoScalingGroups = [] } = await subject.aws.call("DescribeAutoScalingGroups", input);
  const [found] = AutoScalingGroups;
  if (found === undefined) throw new Error(`no group ${name}`);
  return found;
}

/** The code and status of AWS's error. @throws Error where there is none */
export async function refusal<A extends AwsAction>(
  { subject }: Namespaced,
  action: A,
  input: AwsActions[A]["input"],
): Promise<Pick<AwsError, "code" | "status" | "message">> {
  try {
    await subject.aws.call(action, input);
  } catch (thrown) {
    if (thrown instanceof AwsError)
      return { code: thrown.code, status: thrown.status, message: thrown.message };
    throw thrown;
  }
  throw new Error(`${action} was not refused`);
}

export const instancesOf = ({ Instances = [] }: AwsGroup): readonly string[] =>
  Instances.map(({ InstanceId = "" }) => InstanceId);

const reads: readonly ContractCase[] = [
  {
    sentence:
      "describes groups by name with sizes, zones, template, tags and instances, and leaves unknown ones out",
    async show(cluster) {
      const input = { AutoScalingGroupNames: ["nodes-a", "no-such-group"] };
      const { AutoScalingGroups = [], NextToken } = await cluster.subject.aws.call(
        "DescribeAutoScalingGroups",
        input,
      );
      expect(NextToken ?? "").toBe("");
      expect(AutoScalingGroups).toHaveLength(1);
      expect(AutoScalingGroups[0]).toMatchObject({
        AutoScalingGroupName: "nodes-a",
        MinSize: 3,
        MaxSize: 5,
        DesiredCapacity: 3,
        AvailabilityZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        LaunchTemplate: { LaunchTemplateName: "nodes-a", Version: "$Latest" },
        SuspendedProcesses: [],
      });
      const tags = Object.fromEntries(
        (AutoScalingGroups[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]),
      );
      expect(tags).toMatchObject({
        KubernetesCluster: "k8s.test",
        "k8s.io/cluster-autoscaler/node-template/label/kops.k8s.io/instancegroup": "nodes-a",
      });
      expect(AutoScalingGroups[0]?.Instances).toHaveLength(3);
      for (const instance of AutoScalingGroups[0]?.Instances ?? []) {
        expect(instance).toMatchObject({
          LifecycleState: "InService",
          HealthStatus: "Healthy",
          ProtectedFromScaleIn: false,
          InstanceType: "m5.large",
          LaunchTemplate: { Version: "1" },
        });
      }
    },
  },
  {
    sentence: "gives groups in pages, and refuses a token of another call and a page that is too large",
    async show(cluster) {
      const names: string[] = [];
      let token: string | undefined;
      do {
        const input = { MaxRecords: 1, ...(token === undefined ? {} : { NextToken: token }) };
        const { AutoScalingGroups = [], NextToken } = await cluster.subject.aws.call(
          "DescribeAutoScalingGroups",
          input,
        );
        expect(AutoScalingGroups).toHaveLength(1);
        names.push(...AutoScalingGroups.map(({ AutoScalingGroupName = "" }) => AutoScalingGroupName));
        token = NextToken;
      } while (token !== undefined && token !== "");
      expect(names.toSorted()).toEqual(["control-plane", "lost", "nodes-a", "spare"]);
      expect(
        await refusal(cluster, "DescribeAutoScalingGroups", { NextToken: "of another call" }),
      ).toMatchObject({
        code: "InvalidNextToken",
        status: 400,
      });
      expect(await refusal(cluster, "DescribeAutoScalingGroups", { MaxRecords: 101 })).toMatchObject({
        code: "ValidationError",
        status: 400,
      });
    },
  },
  {
    sentence: "describes instances of groups, leaves unknown ids out, and takes at most fifty",
    async show(cluster) {
      const [first = ""] = instancesOf(await group(cluster, "nodes-a"));
      const input = { InstanceIds: [first, "i-00000000000000000"] };
      const { AutoScalingInstances = [] } = await cluster.subject.aws.call(
        "DescribeAutoScalingInstances",
        input,
      );
      expect(
        AutoScalingInstances.map(({ InstanceId, AutoScalingGroupName }) => [
          InstanceId,
          AutoScalingGroupName,
        ]),
      ).toEqual([[first, "nodes-a"]]);
      const many = Array.from({ length: 51 }, (_, index) => `i-${String(index).padStart(17, "0")}`);
      expect(await refusal(cluster, "DescribeAutoScalingInstances", { InstanceIds: many })).toMatchObject({
        code: "ValidationError",
        status: 400,
      });
    },
  },
  {
    sentence: "describes instances of EC2, and refuses an unknown id for all",
    async show(cluster) {
      const [first = ""] = instancesOf(await group(cluster, "nodes-a"));
      const { Reservations = [] } = await cluster.subject.aws.call("DescribeInstances", {
        InstanceIds: [first],
      });
      expect(Reservations.flatMap(({ Instances = [] }) => Instances)).toMatchObject([
        { InstanceId: first, InstanceType: "m5.large", State: { Name: "running" } },
      ]);
      const ids = [first, "i-00000000000000000"];
      expect(await refusal(cluster, "DescribeInstances", { InstanceIds: ids })).toMatchObject({
        code: "InvalidInstanceID.NotFound",
        status: 400,
      });
    },
  },
  {
    sentence: "resolves $Latest and $Default of a launch template, and refuses one that is unknown",
    async show(cluster) {
      const { LaunchTemplate } = await group(cluster, "nodes-a");
      const LaunchTemplateId = LaunchTemplate?.LaunchTemplateId ?? "";
      const number = async (version: string) => {
        const input = { LaunchTemplateId, Versions: [version] };
        const { LaunchTemplateVersions = [] } = await cluster.subject.aws.call(
          "DescribeLaunchTemplateVersions",
          input,
        );
        return LaunchTemplateVersions.map(({ VersionNumber }) => VersionNumber);
      };
      expect(await number("$Latest")).toEqual([2]);
      expect(await number("$Default")).toEqual([1]);
      expect(await number("1")).toEqual([1]);
      const input = { LaunchTemplateId: "lt-00000000000000000", Versions: ["$Latest"] };
      expect((await refusal(cluster, "DescribeLaunchTemplateVersions", input)).code).toMatch(
        /^InvalidLaunchTemplateId/,
      );
    },
  },
  {
    sentence: "knows no instance refresh of a group that has none",
    async show(cluster) {
      const input = { AutoScalingGroupName: "nodes-a" };
      const { InstanceRefreshes = [] } = await cluster.subject.aws.call("DescribeInstanceRefreshes", input);
      expect(InstanceRefreshes).toEqual([]);
    },
  },
];

/** The zones of the group's instances, in order. */
const zonesOf = ({ Instances = [] }: AwsGroup): readonly (string | undefined)[] =>
  Instances.map(({ AvailabilityZone }) => AvailabilityZone).toSorted();

/** Settled when the group has so many instances, all InService. */
export function settled(cluster: Namespaced, name: string, count: number): Promise<AwsGroup> {
  return until(cluster.subject, `${count} instances of ${name}`, async () => {
    const found = await group(cluster, name);
    const isDone = found.Instances?.every(({ LifecycleState }) => LifecycleState === "InService");
    return isDone === true && found.Instances?.length === count ? found : undefined;
  });
}

const writes: readonly ContractCase[] = [
  {
    sentence:
      "terminates once however often it is told: Terminating at once, gone, and one successor of the template's version in the zone that it left empty",
    changes: "spare",
    async show(cluster) {
      await settled(cluster, "spare", 2);
      const before = instancesOf(await group(cluster, "spare"));
      const [InstanceId = ""] = before;
      const input = { InstanceId, ShouldDecrementDesiredCapacity: false };
      const { Activity } = await cluster.subject.aws.call("TerminateInstanceInAutoScalingGroup", input);
      expect(Activity?.Description).toContain(InstanceId);
      const now = (await group(cluster, "spare")).Instances?.find((one) => one.InstanceId === InstanceId);
      expect(now?.LifecycleState).toBe("Terminating");
      const again = await cluster.subject.aws.call("TerminateInstanceInAutoScalingGroup", input);
      expect(again.Activity?.StatusCode).toBe("InProgress");
      const after = await until(cluster.subject, "one successor", async () => {
        const found = await settled(cluster, "spare", 2);
        return instancesOf(found).includes(InstanceId) ? undefined : found;
      });
      const next = after.Instances?.filter((one) => !before.includes(one.InstanceId ?? ""));
      expect(next?.map(({ LaunchTemplate }) => LaunchTemplate?.Version)).toEqual(["2"]);
      expect(after.DesiredCapacity).toBe(2);
      expect(zonesOf(after)).toEqual(["eu-west-1a", "eu-west-1b"]);
      expect(await refusal(cluster, "TerminateInstanceInAutoScalingGroup", input)).toMatchObject({
        code: "ValidationError",
        status: 400,
        message: expect.stringContaining(`No managed instance found for instance ID: ${InstanceId}`),
      });
    },
  },
  {
    sentence: "refuses to terminate an unknown instance, and one with decrement at the group's minimum",
    async show(cluster) {
      const unknown = { InstanceId: "i-00000000000000000", ShouldDecrementDesiredCapacity: false };
      expect(await refusal(cluster, "TerminateInstanceInAutoScalingGroup", unknown)).toMatchObject({
        code: "ValidationError",
        status: 400,
      });
      const [InstanceId = ""] = instancesOf(await group(cluster, "nodes-a"));
      const input = { InstanceId, ShouldDecrementDesiredCapacity: true };
      expect(await refusal(cluster, "TerminateInstanceInAutoScalingGroup", input)).toMatchObject({
        code: "ValidationError",
        message: expect.stringContaining("minSize (3)"),
      });
      expect((await group(cluster, "nodes-a")).DesiredCapacity).toBe(3);
    },
  },
  {
    sentence: "launches what a higher desired capacity asks for, and ends one when it is lowered",
    changes: "spare",
    async show(cluster) {
      const before = instancesOf(await settled(cluster, "spare", 2));
      await cluster.subject.admin.setDesired("spare", 3);
      const more = await settled(cluster, "spare", 3);
      const next = more.Instances?.find((one) => !before.includes(one.InstanceId ?? ""));
      expect(next?.LaunchTemplate?.Version).toBe("2");
      const { Activities = [] } = await cluster.subject.aws.call("DescribeScalingActivities", {
        AutoScalingGroupName: "spare",
      });
      expect(Activities[0]?.Description).toBe(`Launching a new EC2 instance: ${next?.InstanceId}`);
      await cluster.subject.admin.setDesired("spare", 2);
      const after = await settled(cluster, "spare", 2);
      expect(after.DesiredCapacity).toBe(2);
    },
  },
  {
    sentence: "tells of a launch that failed for want of capacity, and tries again by itself",
    changes: "lost",
    async show(cluster) {
      await settled(cluster, "lost", 1);
      await cluster.subject.admin.failNextLaunch("lost");
      await cluster.subject.admin.setDesired("lost", 2);
      const failed = await until(cluster.subject, "the failure", async () => {
        const { Activities = [] } = await cluster.subject.aws.call("DescribeScalingActivities", {
          AutoScalingGroupName: "lost",
        });
        return Activities.find(({ StatusCode }) => StatusCode === "Failed");
      });
      expect(failed.StatusMessage).toMatch(/do not have sufficient .*capacity/);
      await settled(cluster, "lost", 2);
      await cluster.subject.admin.setDesired("lost", 1);
      await settled(cluster, "lost", 1);
    },
  },
];

export const awsCases: readonly ContractCase[] = [...reads, ...writes].map((one) => ({
  ...one,
  sentence: `AWS ${one.sentence}`,
}));
