import type { WorldAwsAction } from "./actions.ts";
import { fault } from "./faults.ts";

const paged = ["MaxRecords", "NextToken"];
const filters = ["Filters.Name", "Filters.Values"];
const ofGroup = ["AutoScalingGroupName"];
const ofInstances = [...ofGroup, "InstanceIds"];
const decrementing = [...ofInstances, "ShouldDecrementDesiredCapacity"];
const ofTemplate = ["LaunchTemplateId", "LaunchTemplateName"];
const ec2Paged = ["MaxResults", "NextToken", "DryRun"];
const ofHook = [...ofGroup, "LifecycleHookName"];
const ofAction = [...ofHook, "InstanceId", "LifecycleActionToken"];
const tags = ["ResourceId", "ResourceType", "Key", "Value", "PropagateAtLaunch"].map(
  (name) => `Tags.${name}`,
);
const preferences = ["MinHealthyPercentage", "InstanceWarmup", "SkipMatching", "ScaleInProtectedInstances"];

/** What each action understands, members of structures and of lists of structures by their path. */
const parameters: Readonly<Record<WorldAwsAction, readonly string[]>> = {
  DescribeAutoScalingGroups: ["AutoScalingGroupNames", ...filters, ...paged],
  DescribeAutoScalingInstances: ["InstanceIds", ...paged],
  DescribeScalingActivities: [...ofGroup, "ActivityIds", "IncludeDeletedGroups", ...paged],
  DescribeInstanceRefreshes: [...ofGroup, "InstanceRefreshIds", ...paged],
  DescribeWarmPool: [...ofGroup, ...paged],
  DescribeInstances: ["InstanceIds", ...filters, ...ec2Paged],
  TerminateInstanceInAutoScalingGroup: ["InstanceId", "ShouldDecrementDesiredCapacity"],
  SetDesiredCapacity: [...ofGroup, "DesiredCapacity", "HonorCooldown"],
  UpdateAutoScalingGroup: [
    ...ofGroup,
    "MinSize",
    "MaxSize",
    "DesiredCapacity",
    "DefaultCooldown",
    "AvailabilityZones",
    "TerminationPolicies",
    "NewInstancesProtectedFromScaleIn",
    ...[...ofTemplate, "Version"].map((name) => `LaunchTemplate.${name}`),
  ],
  LaunchInstances: [...ofGroup, "ClientToken", "RequestedCapacity", "AvailabilityZones", "RetryStrategy"],
  AttachInstances: ofInstances,
  DetachInstances: decrementing,
  EnterStandby: decrementing,
  ExitStandby: ofInstances,
  SetInstanceProtection: [...ofInstances, "ProtectedFromScaleIn"],
  // Groups have no grace period here, so that there is none to respect.
  SetInstanceHealth: ["InstanceId", "HealthStatus", "ShouldRespectGracePeriod"],
  SuspendProcesses: [...ofGroup, "ScalingProcesses"],
  ResumeProcesses: [...ofGroup, "ScalingProcesses"],
  CreateOrUpdateTags: tags,
  DeleteTags: tags,
  DescribeTags: [...filters, ...paged],
  PutLifecycleHook: [...ofHook, "LifecycleTransition", "HeartbeatTimeout", "DefaultResult"],
  DeleteLifecycleHook: ofHook,
  DescribeLifecycleHooks: [...ofGroup, "LifecycleHookNames"],
  CompleteLifecycleAction: [...ofAction, "LifecycleActionResult"],
  RecordLifecycleActionHeartbeat: ofAction,
  StartInstanceRefresh: [...ofGroup, "Strategy", ...preferences.map((name) => `Preferences.${name}`)],
  CancelInstanceRefresh: ofGroup,
  DescribeLaunchTemplateVersions: [...ofTemplate, "Versions", ...filters, ...ec2Paged],
  CreateLaunchTemplateVersion: [
    ...ofTemplate,
    "SourceVersion",
    "LaunchTemplateData.InstanceType",
    "LaunchTemplateData.ImageId",
    // SDKs send it unasked.
    "ClientToken",
    "DryRun",
  ],
  ModifyLaunchTemplate: [...ofTemplate, "SetDefaultVersion", "DefaultVersion", "ClientToken", "DryRun"],
  DescribeLaunchTemplates: ["LaunchTemplateIds", "LaunchTemplateNames", ...filters, ...ec2Paged],
  TerminateInstances: ["InstanceIds", "DryRun"],
};

export function isKnownAction(action: string): action is WorldAwsAction {
  return Object.hasOwn(parameters, action);
}

/**
 * Nothing that is sent is passed over in silence: whoever asks for what is not modelled would believe it done.
 * @throws AwsError for the first parameter that the action does not understand
 */
export function refuseUnknownParameters(action: WorldAwsAction, input: unknown, isEc2: boolean): void {
  const known = parameters[action];
  const unknown = pathsOf(input, "").find(
    (path) => !known.some((one) => one === path || one.startsWith(`${path}.`)),
  );
  if (unknown === undefined) return;
  throw fault(
    isEc2 ? "UnknownParameter" : "ValidationError",
    `The parameter ${unknown} of ${action} is not recognized: the embedded cluster does not model it, and does nothing of this call. It understands ${known.join(", ")}.`,
  );
}

/** "Preferences.SkipMatching" for each value that is set; the items of a list stand at the path of the list. */
function pathsOf(value: unknown, path: string): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.length === 0 ? [path] : value.flatMap((item) => pathsOf(item, path));
  if (typeof value !== "object" || value === null) return [path];
  const members = Object.entries(value);
  if (members.length === 0 && path !== "") return [path];
  return members.flatMap(([name, member]) => pathsOf(member, path === "" ? name : `${path}.${name}`));
}
