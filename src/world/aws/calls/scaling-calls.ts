import type { AwsActivity } from "#gateway/wire.ts";
import type { InputOf, LaunchAnswer, LaunchRequest, OutputOf } from "../actions.ts";
import { requireGroup } from "../describe.ts";
import { fault, requireNumber, requireOneOf, requireText, validationError } from "../faults.ts";
import type { Fleet } from "../fleet.ts";
import { isWarm } from "../fleet-view.ts";
import { once } from "../idempotence.ts";
import { isTerminationPolicy } from "../termination-policies.ts";
import type { Group } from "../types.ts";
import { isEnding } from "../zones.ts";

/** Calls that change how many instances a group has. */
export const scalingCalls = {
  TerminateInstanceInAutoScalingGroup(
    fleet: Fleet,
    input: InputOf<"TerminateInstanceInAutoScalingGroup">,
  ): OutputOf<"TerminateInstanceInAutoScalingGroup"> {
    return { Activity: terminate(fleet, input) };
  },

  SetDesiredCapacity(fleet: Fleet, input: InputOf<"SetDesiredCapacity">): OutputOf<"SetDesiredCapacity"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const wanted = requireNumber(input.DesiredCapacity, "desiredCapacity");
    if (wanted > group.max) {
      throw validationError(
        `New SetDesiredCapacity value ${wanted} is above max value ${group.max} for the AutoScalingGroup.`,
      );
    }
    if (wanted < group.min) {
      throw validationError(
        `New SetDesiredCapacity value ${wanted} is below min value ${group.min} for the AutoScalingGroup.`,
      );
    }
    const { now } = fleet.agenda;
    if (input.HonorCooldown === true && now < group.lastScaling + group.cooldown * 1000) {
      throw fault(
        "ScalingActivityInProgress",
        `Scaling activity is in progress and blocks this action: the cooldown of ${group.name} is not over`,
      );
    }
    scaleTo(fleet, group, wanted);
    return {};
  },

  UpdateAutoScalingGroup(
    fleet: Fleet,
    input: InputOf<"UpdateAutoScalingGroup">,
  ): OutputOf<"UpdateAutoScalingGroup"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const min = input.MinSize ?? group.min;
    const max = input.MaxSize ?? group.max;
    if (min > max)
      throw validationError(`Max bound, ${max}, must be greater than or equal to min bound, ${min}`);
    const wanted = input.DesiredCapacity ?? Math.min(max, Math.max(min, group.desired));
    if (wanted < min || wanted > max) {
      throw validationError(
        `Desired capacity:${wanted} must be between the specified min size:${min} and max size:${max}`,
      );
    }
    const unknown = input.TerminationPolicies?.find((name) => !isTerminationPolicy(name));
    if (unknown !== undefined) throw validationError(`TerminationPolicies: ${unknown} is not a policy`);
    refuseUnknownZones(fleet, input.AvailabilityZones ?? []);
    if (input.LaunchTemplate !== undefined) followTemplate(group, input.LaunchTemplate);
    group.min = min;
    group.max = max;
    group.zones = input.AvailabilityZones ?? group.zones;
    group.cooldown = input.DefaultCooldown ?? group.cooldown;
    group.terminationPolicies = input.TerminationPolicies ?? group.terminationPolicies;
    group.protectsNew = input.NewInstancesProtectedFromScaleIn ?? group.protectsNew;
    scaleTo(fleet, group, wanted);
    return {};
  },

  LaunchInstances(fleet: Fleet, input: InputOf<"LaunchInstances">): OutputOf<"LaunchInstances"> {
    const token = requireText(input.ClientToken, "clientToken");
    requireOneOf(input.RetryStrategy, "retryStrategy", ["none", "retry-with-group-configuration"]);
    return once(fleet, `LaunchInstances ${token}`, input, () => launchNow(fleet, input, token));
  },
};

function scaleTo(fleet: Fleet, group: Group, wanted: number): void {
  if (wanted !== group.desired) group.lastScaling = fleet.agenda.now;
  group.desired = wanted;
  fleet.changed();
  fleet.reconcileSoon(group);
}

/** @throws AwsError for a zone that is neither of the region nor of any group */
function refuseUnknownZones(fleet: Fleet, zones: readonly string[]): void {
  const groups = [...fleet.groups.values()];
  const unknown = zones.find(
    (zone) =>
      !(zone.startsWith(fleet.region) && /^[a-z]$/.test(zone.slice(fleet.region.length))) &&
      !groups.some((group) => group.zones.includes(zone)),
  );
  if (unknown !== undefined) throw validationError(`The Availability Zone ${unknown} is not valid.`);
}

/** A group keeps its template, and takes another version of it. @throws AwsError */
function followTemplate(
  group: Group,
  wanted: NonNullable<InputOf<"UpdateAutoScalingGroup">["LaunchTemplate"]>,
): void {
  const { LaunchTemplateId: id, LaunchTemplateName: name, Version: version = "$Default" } = wanted;
  const { template } = group;
  if (
    (id === undefined && name === undefined) ||
    (id ?? template.id) !== template.id ||
    (name ?? template.name) !== template.name
  ) {
    throw validationError(
      `You must use a valid fully-formed launch template. The launch template ${id ?? name ?? "without an id or a name"} is not that of ${group.name}, which is ${template.id} (${template.name}): the embedded cluster does not model a change to another one.`,
    );
  }
  const number = Number(version);
  const isThere = Number.isInteger(number) && number >= 1 && number <= group.template.latest;
  if (version !== "$Latest" && version !== "$Default" && !isThere) {
    throw validationError(
      `You must use a valid fully-formed launch template. The specified launch template, with template ID ${group.template.id}, has no version ${version}.`,
    );
  }
  group.templateVersion = version;
}

function terminate(fleet: Fleet, input: InputOf<"TerminateInstanceInAutoScalingGroup">): AwsActivity {
  const id = requireText(input.InstanceId, "instanceId");
  const instance = fleet.instances.get(id);
  if (instance === undefined || instance.lifecycle === "gone" || instance.group === "") {
    throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`);
  }
  const group = requireGroup(fleet, instance.group);
  if (isWarm(instance)) {
    throw validationError(
      `The instance ${id} is in the warm pool of ${group.name} and cannot be terminated by this call`,
    );
  }
  if (input.ShouldDecrementDesiredCapacity) decrement(group, 1);
  return fleet.terminate(instance, "instance was taken out of service in response to a user request.");
}

/** @throws AwsError where the minimum forbids it */
export function decrement(group: Group, count: number): void {
  if (group.desired - count < group.min) {
    throw validationError(
      `Currently, desiredSize equals minSize (${group.min}). Terminating instance without replacement will violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower group's min size.`,
    );
  }
  group.desired -= count;
}

/** The desired capacity grows by what was launched, and may not pass the maximum. */
function launchNow(fleet: Fleet, input: LaunchRequest, token: string): LaunchAnswer {
  const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
  const count = requireNumber(input.RequestedCapacity, "requestedCapacity");
  const zones = input.AvailabilityZones ?? (group.zones.length === 1 ? group.zones : []);
  const zone = zones[0];
  if (zone === undefined || zones.length > 1 || !group.zones.includes(zone)) {
    throw validationError(
      "You must specify exactly one Availability Zone or subnet of the Auto Scaling group.",
    );
  }
  if (group.desired + count > group.max) {
    throw validationError(
      `The requested capacity ${count} would exceed the max size ${group.max} of the Auto Scaling group.`,
    );
  }
  if (group.suspended.includes("Launch"))
    throw validationError(`The Launch process of ${group.name} is suspended.`);
  const ids: string[] = [];
  let refusal: string | undefined;
  const cause = fleet.activities.cause("an instance was started in response to a LaunchInstances request.");
  while (ids.length < count && refusal === undefined) {
    const launched = fleet.launch(group, zone, cause);
    if (typeof launched === "string") refusal = launched;
    else ids.push(launched.id);
  }
  group.desired += input.RetryStrategy === "retry-with-group-configuration" ? count : ids.length;
  if (refusal !== undefined && input.RetryStrategy === "retry-with-group-configuration")
    fleet.reconcileSoon(group);
  fleet.changed();
  const what = { InstanceType: group.shape.instanceType, MarketType: "OnDemand", AvailabilityZone: zone };
  return {
    AutoScalingGroupName: group.name,
    ClientToken: token,
    Instances: ids.length === 0 ? [] : [{ ...what, InstanceIds: ids }],
    Errors:
      refusal === undefined
        ? []
        : [{ ...what, ErrorCode: "InsufficientInstanceCapacity", ErrorMessage: refusal }],
  };
}

export function requireAlive(fleet: Fleet, group: Group, ids: readonly string[]): readonly string[] {
  for (const id of ids) {
    const instance = fleet.instances.get(id);
    if (instance === undefined || isEnding(instance) || instance.group !== group.name) {
      throw validationError(`The instance ${id} is not part of Auto Scaling group ${group.name}.`);
    }
  }
  return ids;
}
