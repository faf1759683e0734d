import type { AwsGroup, AwsGroupInstance, AwsLaunchTemplate } from "#gateway/wire.ts";
import type { GroupInstance, ScalingGroup } from "#model/objects.ts";

const INSTANCE_GROUP_TAGS: readonly string[] = [
  "kops.k8s.io/instancegroup",
  "k8s.io/cluster-autoscaler/node-template/label/kops.k8s.io/instancegroup",
];
const CLUSTER_TAG = "KubernetesCluster";
/** arn:aws:autoscaling:REGION:ACCOUNT:autoScalingGroup:… */
const ARN = /^arn:[^:]*:autoscaling:([^:]*):([^:]*):autoScalingGroup:/;

function tag(group: AwsGroup, key: string): string {
  return group.Tags?.find((entry) => entry.Key === key)?.Value ?? "";
}

export function projectGroupInstance(instance: AwsGroupInstance): GroupInstance {
  return {
    id: instance.InstanceId ?? "",
    zone: instance.AvailabilityZone ?? "",
    lifecycle: instance.LifecycleState ?? "",
    launchVersion: instance.LaunchTemplate?.Version ?? instance.LaunchConfigurationName ?? "",
    instanceType: instance.InstanceType ?? "",
    protectedFromScaleIn: instance.ProtectedFromScaleIn === true,
  };
}

/** The group's own template, or its mixed policy's; undefined where it has a launch configuration. */
export function launchTemplateOf(group: AwsGroup): AwsLaunchTemplate | undefined {
  return group.LaunchTemplate ?? group.MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
}

export interface GroupExtras {
  readonly launch: ScalingGroup["launch"];
  readonly instanceRefreshInProgress: boolean;
}

export function projectGroup(group: AwsGroup, extras: GroupExtras): ScalingGroup {
  const arn = group.AutoScalingGroupARN ?? "";
  const [, region = "", accountId = ""] = ARN.exec(arn) ?? [];
  return {
    name: group.AutoScalingGroupName ?? "",
    arn,
    region,
    accountId,
    min: group.MinSize ?? 0,
    max: group.MaxSize ?? 0,
    desired: group.DesiredCapacity ?? 0,
    zones: group.AvailabilityZones ?? [],
    launch: extras.launch,
    instances: (group.Instances ?? []).map(projectGroupInstance),
    suspendedProcesses: (group.SuspendedProcesses ?? []).flatMap((process) => process.ProcessName ?? []),
    instanceRefreshInProgress: extras.instanceRefreshInProgress,
    instanceGroup: INSTANCE_GROUP_TAGS.map((key) => tag(group, key)).find((value) => value !== "") ?? "",
    cluster: tag(group, CLUSTER_TAG),
  };
}
