import { GatewayError, type ScalingPort } from "#gateway/ports.ts";
import type { AwsGroup } from "#gateway/wire.ts";
import type { ScalingActivity, ScalingGroup } from "#model/objects.ts";
import { type Caller, type Patience, USUAL_PATIENCE } from "./caller.ts";
import { isInstanceAlive } from "./instance-alive.ts";
import { LaunchVersions } from "./launch-versions.ts";
import { batches, readPages } from "./pages.ts";
import { projectGroup } from "./project-group.ts";
import { callRead } from "./read.ts";
import { terminate } from "./terminate.ts";

/** *Source:* the limits of DescribeAutoScalingInstances and DescribeAutoScalingGroups. */
const IDS_A_CALL = 50;
const NAMES_A_CALL = 50;
const MOST_ACTIVITIES = 20;
const REFRESH_SECONDS = 2;
/** *Source:* InstanceRefreshStatus. */
const REFRESH_UNDER_WAY: ReadonlySet<string> = new Set([
  "Pending",
  "InProgress",
  "Baking",
  "Cancelling",
  "RollbackInProgress",
]);

type Signal = AbortSignal | undefined;

async function describeGroups(
  caller: Caller,
  names: readonly string[],
  signal: Signal,
): Promise<readonly AwsGroup[]> {
  const found: AwsGroup[] = [];
  for (const some of batches([...new Set(names)], NAMES_A_CALL)) {
    const groups = await readPages("DescribeAutoScalingGroups", async (token) => {
      const input = { AutoScalingGroupNames: some, ...(token === undefined ? {} : { NextToken: token }) };
      const output = await callRead(caller, "DescribeAutoScalingGroups", input, signal);
      return { items: output.AutoScalingGroups ?? [], nextToken: output.NextToken };
    });
    found.push(...groups);
  }
  return found;
}

async function groupNamesOf(
  caller: Caller,
  instanceIds: readonly string[],
  signal: Signal,
): Promise<string[]> {
  const names = new Set<string>();
  for (const some of batches([...new Set(instanceIds)], IDS_A_CALL)) {
    const instances = await readPages("DescribeAutoScalingInstances", async (token) => {
      const input = { InstanceIds: some, ...(token === undefined ? {} : { NextToken: token }) };
      const output = await callRead(caller, "DescribeAutoScalingInstances", input, signal);
      return { items: output.AutoScalingInstances ?? [], nextToken: output.NextToken };
    });
    for (const instance of instances) {
      if (instance.AutoScalingGroupName) names.add(instance.AutoScalingGroupName);
    }
  }
  return [...names].sort();
}

/**
 * It feeds a warning and nothing else, so it is tried for a moment only, and an endpoint that cannot
 * answer it stops no plan. A missing right still does: it is in the published policy.
 */
async function hasRefresh(caller: Caller, group: AwsGroup, signal: Signal): Promise<boolean> {
  const input = { AutoScalingGroupName: group.AutoScalingGroupName ?? "", MaxRecords: 10 };
  const patience = { ...caller.patience, totalSeconds: REFRESH_SECONDS };
  try {
    const output = await callRead({ ...caller, patience }, "DescribeInstanceRefreshes", input, signal);
    return (output.InstanceRefreshes ?? []).some((refresh) => REFRESH_UNDER_WAY.has(refresh.Status ?? ""));
  } catch (error) {
    if (error instanceof GatewayError && (error.kind === "aws-failed" || error.kind === "aws-unreachable"))
      return false;
    throw error;
  }
}

async function readActivities(
  caller: Caller,
  group: string,
  signal: Signal,
): Promise<readonly ScalingActivity[]> {
  const input = { AutoScalingGroupName: group, MaxRecords: MOST_ACTIVITIES };
  const output = await callRead(caller, "DescribeScalingActivities", input, signal);
  return (output.Activities ?? []).slice(0, MOST_ACTIVITIES).map((activity) => ({
    id: activity.ActivityId ?? "",
    startedAt: activity.StartTime ?? "",
    status: activity.StatusCode ?? "",
    description: activity.Description ?? "",
    message: activity.StatusMessage ?? "",
  }));
}

/** Auto scaling groups behind a wire. Remembers resolved template versions for 30 s, nothing else. */
export function createScaling(
  options: Omit<Caller, "patience"> & { readonly patience?: Patience },
): ScalingPort {
  const caller: Caller = { ...options, patience: options.patience ?? USUAL_PATIENCE };
  const versions = new LaunchVersions(caller);
  const project = async (group: AwsGroup, refresh: boolean, signal: Signal): Promise<ScalingGroup> => {
    if (!group.AutoScalingGroupName) {
      throw new GatewayError("aws-failed", "DescribeAutoScalingGroups: AWS sent a group without a name");
    }
    const launch = await versions.resolve(group, signal);
    const instanceRefreshInProgress = refresh && (await hasRefresh(caller, group, signal));
    return projectGroup(group, { launch, instanceRefreshInProgress });
  };
  const readAll = async (names: readonly string[], refresh: boolean, signal: Signal) => {
    const groups: ScalingGroup[] = [];
    for (const group of await describeGroups(caller, names, signal)) {
      groups.push(await project(group, refresh, signal));
    }
    return groups;
  };
  return {
    readGroups: (names, signal) => readAll(names, false, signal),
    readGroupsOfInstances: async (ids, signal) =>
      readAll(await groupNamesOf(caller, ids, signal), true, signal),
    isInstanceAlive: (instanceId, signal) => isInstanceAlive(caller, instanceId, signal),
    readActivities: (group, signal) => readActivities(caller, group, signal),
    terminate: (instanceId, signal) => terminate(caller, instanceId, signal),
  };
}
