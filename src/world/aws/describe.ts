import type { AwsAutoScalingInstance, AwsGroup, AwsGroupInstance, AwsInstance } from "#gateway/wire.ts";
import { timestamp } from "../time.ts";
import { fault, validationError } from "./faults.ts";
import { type FleetView, membersIn } from "./fleet-view.ts";
import type { Group, Instance } from "./types.ts";

/** @throws AwsError */
export function requireGroup<F extends FleetView>(fleet: F, name: string | undefined): Group {
  const group = fleet.groups.get(name ?? "");
  if (group === undefined)
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name ?? ""}' not found`);
  return group;
}

/** Some items, and the token of those that follow. @throws AwsError */
export function page<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const start = token === undefined ? 0 : Number(token.replace("page-", ""));
  if (!Number.isInteger(start)) throw fault("InvalidNextToken", "The token is not valid");
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? { NextToken: `page-${end}` } : {} };
}

export function arnOf(fleet: FleetView, group: Group): string {
  if (group.arn !== undefined) return group.arn;
  const { name, template } = group;
  return `arn:aws:autoscaling:${fleet.region}:${fleet.account}:autoScalingGroup:${template.id.slice(3, 11)}-0000-4000-8000-000000000000:autoScalingGroupName/${name}`;
}

export interface DescribedGroup extends AwsGroup {
  readonly DefaultCooldown: number;
  readonly TerminationPolicies: readonly string[];
  readonly NewInstancesProtectedFromScaleIn: boolean;
  readonly HealthCheckType: string;
}

export function describeGroup(fleet: FleetView, group: Group): DescribedGroup {
  const members = membersIn(fleet, group.name);
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: arnOf(fleet, group),
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    DefaultCooldown: group.cooldown,
    AvailabilityZones: group.zones,
    HealthCheckType: "EC2",
    LaunchTemplate: {
      LaunchTemplateId: group.template.id,
      LaunchTemplateName: group.template.name,
      Version: group.templateVersion,
    },
    Instances: members.map((instance) => describeGroupInstance(fleet, instance)),
    SuspendedProcesses: group.suspended.map((ProcessName) => ({ ProcessName })),
    Tags: group.tags,
    TerminationPolicies: group.terminationPolicies,
    NewInstancesProtectedFromScaleIn: group.protectsNew,
  };
}

export function describeGroupInstance(fleet: FleetView, instance: Instance): AwsGroupInstance {
  const template = fleet.groups.get(instance.group)?.template;
  return {
    InstanceId: instance.id,
    AvailabilityZone: instance.zone,
    LifecycleState: instance.lifecycle,
    HealthStatus: instance.health,
    InstanceType: instance.type,
    ProtectedFromScaleIn: instance.isProtected,
    ...(template === undefined
      ? {}
      : {
          LaunchTemplate: {
            LaunchTemplateId: template.id,
            LaunchTemplateName: template.name,
            Version: String(instance.templateVersion),
          },
        }),
  };
}

export function describeMember(fleet: FleetView, instance: Instance): AwsAutoScalingInstance {
  return { ...describeGroupInstance(fleet, instance), AutoScalingGroupName: instance.group };
}

/** Of a group's instances, beside which nothing is tagged. */
export function instanceTags(group: string): readonly { readonly Key: string; readonly Value: string }[] {
  return group === "" ? [] : [{ Key: "aws:autoscaling:groupName", Value: group }];
}

export function describeInstance({
  id,
  dnsName,
  type,
  state,
  zone,
  launchedAt,
  group,
}: Instance): AwsInstance {
  const instance = {
    InstanceId: id,
    PrivateDnsName: dnsName,
    InstanceType: type,
    State: { Name: state },
    Placement: { AvailabilityZone: zone },
    LaunchTime: timestamp(launchedAt),
    Tags: instanceTags(group),
  };
  return instance;
}
