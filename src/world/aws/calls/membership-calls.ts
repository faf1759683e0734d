import type { AwsActivity } from "#gateway/wire.ts";
import type { InputOf, OutputOf } from "../actions.ts";
import { requireGroup } from "../describe.ts";
import { endDryRun, requireOneOf, requireText, requireTexts, validationError } from "../faults.ts";
import type { Fleet } from "../fleet.ts";
import type { Group, Instance } from "../types.ts";
import { unknownInstance } from "./read-calls.ts";
import { decrement, requireAlive } from "./scaling-calls.ts";

/** Calls about single instances: whose they are, whether they serve, whether they may go. */
export const membershipCalls = {
  AttachInstances(fleet: Fleet, input: InputOf<"AttachInstances">): OutputOf<"AttachInstances"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const ids = requireTexts(input.InstanceIds, "instanceIds");
    const instances = ids.map((id) => {
      const instance = fleet.instances.get(id);
      if (instance === undefined)
        throw validationError(`Invalid Instance ID(s): [${id}]. Specify a valid Instance ID to attach.`);
      if (instance.group !== "" || instance.state !== "running") {
        throw validationError(
          `Instance ${id} is not in correct state: it must be running and in no Auto Scaling group.`,
        );
      }
      return instance;
    });
    if (group.desired + ids.length > group.max) {
      throw validationError(
        `AutoScalingGroup ${group.name} has max-size=${group.max}, current-size=${group.desired}. Attempted to attach ${ids.length} instances.`,
      );
    }
    group.desired += ids.length;
    for (const instance of instances) {
      instance.group = group.name;
      instance.lifecycle = "InService";
    }
    fleet.changed();
    return {};
  },

  DetachInstances(fleet: Fleet, input: InputOf<"DetachInstances">): OutputOf<"DetachInstances"> {
    const { group, instances } = takeOut(fleet, input);
    const activities = instances.map((instance) => {
      instance.group = "";
      instance.lifecycle = "Detached";
      return record(fleet, group, `Detaching EC2 instance: ${instance.id}`, "detached");
    });
    fleet.changed();
    fleet.reconcileSoon(group);
    return { Activities: activities };
  },

  EnterStandby(fleet: Fleet, input: InputOf<"EnterStandby">): OutputOf<"EnterStandby"> {
    const { group, instances } = takeOut(fleet, input);
    const activities = instances.map((instance) => {
      instance.lifecycle = "Standby";
      return record(fleet, group, `Moving EC2 instance to Standby: ${instance.id}`, "moved to standby");
    });
    fleet.changed();
    fleet.reconcileSoon(group);
    return { Activities: activities };
  },

  ExitStandby(fleet: Fleet, input: InputOf<"ExitStandby">): OutputOf<"ExitStandby"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const ids = requireAlive(fleet, group, requireTexts(input.InstanceIds, "instanceIds"));
    const instances = ids.flatMap((id) => fleet.instances.get(id) ?? []);
    requireState(instances, "Standby");
    if (group.desired + ids.length > group.max) {
      throw validationError(
        `AutoScalingGroup ${group.name} has max-size=${group.max}, current-size=${group.desired}. Attempted to move ${ids.length} instances out of standby.`,
      );
    }
    group.desired += ids.length;
    const activities = instances.map((instance) => {
      instance.lifecycle = "InService";
      return record(
        fleet,
        group,
        `Moving EC2 instance out of Standby: ${instance.id}`,
        "moved out of standby",
      );
    });
    fleet.changed();
    fleet.reconcileSoon(group);
    return { Activities: activities };
  },

  SetInstanceProtection(
    fleet: Fleet,
    input: InputOf<"SetInstanceProtection">,
  ): OutputOf<"SetInstanceProtection"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    for (const id of requireAlive(fleet, group, requireTexts(input.InstanceIds, "instanceIds"))) {
      const instance = fleet.instances.get(id);
      if (instance !== undefined) instance.isProtected = input.ProtectedFromScaleIn;
    }
    fleet.changed();
    return {};
  },

  SetInstanceHealth(fleet: Fleet, input: InputOf<"SetInstanceHealth">): OutputOf<"SetInstanceHealth"> {
    const id = requireText(input.InstanceId, "instanceId");
    const instance = fleet.instances.get(id);
    if (instance === undefined || instance.lifecycle === "gone" || instance.group === "") {
      throw validationError(`Instance Id not found - No managed instance found for instance ID: ${id}`);
    }
    requireOneOf(input.HealthStatus, "healthStatus", ["Healthy", "Unhealthy"]);
    instance.health = input.HealthStatus === "Unhealthy" ? "Unhealthy" : "Healthy";
    fleet.changed();
    fleet.reconcileSoon(requireGroup(fleet, instance.group));
    return {};
  },

  /** EC2's own: the group finds out by its health check. */
  TerminateInstances(fleet: Fleet, input: InputOf<"TerminateInstances">): OutputOf<"TerminateInstances"> {
    const instances = requireTexts(input.InstanceIds, "instanceIds").map((id) => {
      const instance = fleet.instances.get(id);
      if (instance === undefined) throw unknownInstance(id);
      return instance;
    });
    endDryRun(input);
    const TerminatingInstances = instances.map((instance) => {
      const PreviousState = { Name: instance.state };
      fleet.endFromOutside(instance);
      return { InstanceId: instance.id, CurrentState: { Name: instance.state }, PreviousState };
    });
    return { TerminatingInstances };
  },
};

/** The instances of a call that takes them out of service, and whose decrement is done. @throws AwsError */
function takeOut(
  fleet: Fleet,
  input: InputOf<"DetachInstances">,
): { readonly group: Group; readonly instances: readonly Instance[] } {
  const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
  const ids = requireAlive(fleet, group, requireTexts(input.InstanceIds, "instanceIds"));
  const instances = ids.flatMap((id) => fleet.instances.get(id) ?? []);
  requireState(instances, "InService");
  if (input.ShouldDecrementDesiredCapacity) decrement(group, instances.length);
  return { group, instances };
}

function requireState(instances: readonly Instance[], state: string): void {
  const other = instances.find(({ lifecycle }) => lifecycle !== state);
  if (other === undefined) return;
  throw validationError(`The instance ${other.id} is not in ${state}: it is in ${other.lifecycle}.`);
}

function record(fleet: Fleet, group: Group, description: string, what: string): AwsActivity {
  const cause = fleet.activities.cause(`instance was ${what} in response to a user request.`);
  return fleet.activities.record(group, [description, cause], "Successful");
}
