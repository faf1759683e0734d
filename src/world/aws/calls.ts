import type {
  AwsAction,
  AwsActions,
  AwsActivity,
  AwsAutoScalingInstance,
  AwsGroup,
  AwsGroupInstance,
  AwsInstance,
} from "#gateway/wire.ts";
import { AwsError } from "#gateway/wire.ts";
import type { Fleet } from "./fleet.ts";
import type { Group, Instance } from "./types.ts";

type Handlers = {
  readonly [A in AwsAction]: (fleet: Fleet, input: AwsActions[A]["input"]) => AwsActions[A]["output"];
};

/** EC2 keeps showing an instance as terminated for about an hour; here for ever. */
const handlers: Handlers = {
  DescribeAutoScalingGroups: (fleet, input) => {
    const names = input.AutoScalingGroupNames ?? [];
    const all = [...fleet.groups.values()].filter(
      (group) => names.length === 0 || names.includes(group.name),
    );
    const { items, next } = page(all, input.NextToken, input.MaxRecords ?? 50);
    return { AutoScalingGroups: items.map((group) => describeGroup(fleet, group)), ...next };
  },
  DescribeAutoScalingInstances: (fleet, input) => {
    const ids = input.InstanceIds ?? [];
    if (ids.length > 50) throw validationError("The number of instance ids is above the limit of 50");
    const all = [...fleet.instances.values()].filter(
      (instance) => instance.lifecycle !== "gone" && (ids.length === 0 || ids.includes(instance.id)),
    );
    const { items, next } = page(all, input.NextToken, 50);
    return { AutoScalingInstances: items.map((instance) => describeMember(fleet, instance)), ...next };
  },
  DescribeScalingActivities: (fleet, input) => {
    const group = requireGroup(fleet, input.AutoScalingGroupName);
    return { Activities: group.activities.slice(0, input.MaxRecords ?? 100) };
  },
  DescribeInstanceRefreshes: (fleet, input) => {
    const group = requireGroup(fleet, input.AutoScalingGroupName);
    return { InstanceRefreshes: group.refreshes.slice(0, input.MaxRecords ?? 50) };
  },
  TerminateInstanceInAutoScalingGroup: (fleet, input) => ({ Activity: terminate(fleet, input) }),
  DescribeInstances: (fleet, input) => {
    const ids = input.InstanceIds ?? [];
    for (const id of ids) {
      if (!fleet.instances.has(id)) {
        throw new AwsError("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`, 400, true);
      }
    }
    const all = [...fleet.instances.values()].filter(
      (instance) => ids.length === 0 || ids.includes(instance.id),
    );
    const { items, next } = page(all, input.NextToken, 1000);
    return { Reservations: items.map((instance) => ({ Instances: [describeInstance(instance)] })), ...next };
  },
  DescribeLaunchTemplateVersions: (fleet, input) => {
    const group = [...fleet.groups.values()].find(({ template }) => template.id === input.LaunchTemplateId);
    if (group === undefined) {
      const message = `The specified launch template, with template ID ${input.LaunchTemplateId}, does not exist.`;
      throw new AwsError("InvalidLaunchTemplateId.NotFound", message, 400, true);
    }
    const { latest, default: standard } = group.template;
    const numbers = input.Versions.map((version) =>
      version === "$Latest" ? latest : version === "$Default" ? standard : Number(version),
    );
    return {
      LaunchTemplateVersions: numbers
        .filter((number) => number >= 1 && number <= latest)
        .map((VersionNumber) => ({ VersionNumber })),
    };
  },
};

/** Answers one AWS call at once. @throws AwsError with AWS's own codes */
export function answerAwsCall<A extends AwsAction>(
  fleet: Fleet,
  action: A,
  input: AwsActions[A]["input"],
): AwsActions[A]["output"] {
  const handler = handlers[action];
  if (handler === undefined) {
    throw new AwsError("InvalidAction", `the embedded cluster does not model ${action}`, 400, true);
  }
  return handler(fleet, input);
}

function validationError(message: string): AwsError {
  return new AwsError("ValidationError", message, 400, true);
}

function requireGroup(fleet: Fleet, name: string): Group {
  const group = fleet.groups.get(name);
  if (group === undefined)
    throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`);
  return group;
}

function page<T>(
  all: readonly T[],
  token: string | undefined,
  size: number,
): { readonly items: readonly T[]; readonly next: { readonly NextToken?: string } } {
  const start = token === undefined ? 0 : Number(token.replace("page-", ""));
  if (!Number.isInteger(start)) throw new AwsError("InvalidNextToken", "The token is not valid", 400, true);
  const end = start + size;
  return { items: all.slice(start, end), next: end < all.length ? { NextToken: `page-${end}` } : {} };
}

function terminate(
  fleet: Fleet,
  input: AwsActions["TerminateInstanceInAutoScalingGroup"]["input"],
): AwsActivity {
  const instance = fleet.instances.get(input.InstanceId);
  if (instance === undefined || instance.lifecycle === "gone") {
    throw validationError(
      `Instance Id not found - No managed instance found for instance ID: ${input.InstanceId}`,
    );
  }
  const group = requireGroup(fleet, instance.group);
  if (input.ShouldDecrementDesiredCapacity) {
    if (group.desired - 1 < group.min) {
      throw validationError(
        `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
      );
    }
    group.desired -= 1;
  }
  return fleet.terminate(instance, "instance was taken out of service in response to a user request.");
}

function describeGroup(fleet: Fleet, group: Group): AwsGroup {
  return {
    AutoScalingGroupName: group.name,
    AutoScalingGroupARN: `arn:aws:autoscaling:${fleet.region}:${fleet.account}:autoScalingGroup:${group.template.id.slice(3, 11)}-0000-4000-8000-000000000000:autoScalingGroupName/${group.name}`,
    MinSize: group.min,
    MaxSize: group.max,
    DesiredCapacity: group.desired,
    AvailabilityZones: group.zones,
    LaunchTemplate: {
      LaunchTemplateId: group.template.id,
      LaunchTemplateName: group.template.name,
      Version: group.templateVersion,
    },
    Instances: fleet.membersOf(group.name).map((instance) => describeGroupInstance(fleet, instance)),
    SuspendedProcesses: group.suspended.map((ProcessName) => ({ ProcessName })),
    Tags: group.tags,
  };
}

function describeGroupInstance(fleet: Fleet, instance: Instance): AwsGroupInstance {
  const template = fleet.groups.get(instance.group)?.template;
  return {
    InstanceId: instance.id,
    AvailabilityZone: instance.zone,
    LifecycleState: instance.lifecycle,
    HealthStatus: "Healthy",
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

function describeMember(fleet: Fleet, instance: Instance): AwsAutoScalingInstance {
  return { ...describeGroupInstance(fleet, instance), AutoScalingGroupName: instance.group };
}

function describeInstance(instance: Instance): AwsInstance {
  return {
    InstanceId: instance.id,
    PrivateDnsName: instance.dnsName,
    InstanceType: instance.type,
    State: { Name: instance.state },
    Placement: { AvailabilityZone: instance.zone },
  };
}
