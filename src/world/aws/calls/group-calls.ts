import type { InputOf, OutputOf, TagOfGroup } from "../actions.ts";
import { page, requireGroup } from "../describe.ts";
import { requireOneOf, requireText, validationError } from "../faults.ts";
import { applyFilters, readerAmong } from "../filters.ts";
import type { Fleet } from "../fleet.ts";
import type { FleetView } from "../fleet-view.ts";
import { cancelRefresh, startRefresh } from "../instance-refresh.ts";
import type { HookWait, Instance, LifecycleHook } from "../types.ts";

/** Source: API reference, SuspendProcesses. */
const processes = [
  "Launch",
  "Terminate",
  "AddToLoadBalancer",
  "AlarmNotification",
  "AZRebalance",
  "HealthCheck",
  "InstanceRefresh",
  "ReplaceUnhealthy",
  "ScheduledActions",
];

const transitions = ["autoscaling:EC2_INSTANCE_LAUNCHING", "autoscaling:EC2_INSTANCE_TERMINATING"];
const hookResults = ["CONTINUE", "ABANDON"];

/** Calls about a group as a whole: processes, tags, hooks, refreshes. */
export const groupCalls = {
  SuspendProcesses(fleet: Fleet, input: InputOf<"SuspendProcesses">): OutputOf<"SuspendProcesses"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    group.suspended = [...new Set([...group.suspended, ...processesOf(input.ScalingProcesses)])];
    fleet.changed();
    return {};
  },

  ResumeProcesses(fleet: Fleet, input: InputOf<"ResumeProcesses">): OutputOf<"ResumeProcesses"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const resumed = processesOf(input.ScalingProcesses);
    group.suspended = group.suspended.filter((name) => !resumed.includes(name));
    fleet.changed();
    fleet.reconcileSoon(group);
    return {};
  },

  CreateOrUpdateTags(fleet: Fleet, input: InputOf<"CreateOrUpdateTags">): OutputOf<"CreateOrUpdateTags"> {
    for (const tag of input.Tags) requireGroup(fleet, tag.ResourceId);
    for (const { ResourceId, Key = "", Value = "" } of input.Tags) {
      const group = requireGroup(fleet, ResourceId);
      const others = group.tags.filter((known) => known.Key !== Key);
      group.tags = [...others, { Key, Value }];
    }
    fleet.changed();
    return {};
  },

  DeleteTags(fleet: Fleet, input: InputOf<"DeleteTags">): OutputOf<"DeleteTags"> {
    for (const { ResourceId, Key, Value } of input.Tags) {
      const group = requireGroup(fleet, ResourceId);
      const isMeant = (tag: TagOfGroup): boolean =>
        tag.Key === Key && (Value === undefined || Value === "" || tag.Value === Value);
      group.tags = group.tags.filter((tag) => !isMeant(tag));
    }
    fleet.changed();
    return {};
  },

  PutLifecycleHook(fleet: Fleet, input: InputOf<"PutLifecycleHook">): OutputOf<"PutLifecycleHook"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const name = requireText(input.LifecycleHookName, "lifecycleHookName");
    const known = group.hooks.find(({ LifecycleHookName }) => LifecycleHookName === name);
    const LifecycleTransition = input.LifecycleTransition ?? known?.LifecycleTransition;
    if (LifecycleTransition === undefined) {
      throw validationError(
        "The 'LifecycleTransition' parameter is required to create a new lifecycle hook.",
      );
    }
    requireOneOf(LifecycleTransition, "lifecycleTransition", transitions);
    requireOneOf(input.DefaultResult, "defaultResult", hookResults);
    const hook: LifecycleHook = {
      LifecycleHookName: name,
      LifecycleTransition,
      HeartbeatTimeout: input.HeartbeatTimeout ?? known?.HeartbeatTimeout ?? 3600,
      DefaultResult: input.DefaultResult ?? known?.DefaultResult ?? "ABANDON",
    };
    group.hooks = [...group.hooks.filter((one) => one !== known), hook];
    return {};
  },

  DeleteLifecycleHook(fleet: Fleet, input: InputOf<"DeleteLifecycleHook">): OutputOf<"DeleteLifecycleHook"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const isMeant = (hook: LifecycleHook): boolean => hook.LifecycleHookName === input.LifecycleHookName;
    if (!group.hooks.some(isMeant)) {
      throw validationError(
        `No Lifecycle Hook found with name ${input.LifecycleHookName} for Auto Scaling group ${group.name}`,
      );
    }
    group.hooks = group.hooks.filter((hook) => !isMeant(hook));
    for (const instance of fleet.membersOf(group.name)) {
      if (instance.wait !== undefined && isMeant(instance.wait.hook))
        fleet.hooks.complete(instance, "CONTINUE");
    }
    return {};
  },

  CompleteLifecycleAction(
    fleet: Fleet,
    input: InputOf<"CompleteLifecycleAction">,
  ): OutputOf<"CompleteLifecycleAction"> {
    requireOneOf(input.LifecycleActionResult, "lifecycleActionResult", hookResults);
    const { instance } = waitOf(fleet, input);
    fleet.hooks.complete(instance, input.LifecycleActionResult === "CONTINUE" ? "CONTINUE" : "ABANDON");
    fleet.changed();
    return {};
  },

  RecordLifecycleActionHeartbeat(
    fleet: Fleet,
    input: InputOf<"RecordLifecycleActionHeartbeat">,
  ): OutputOf<"RecordLifecycleActionHeartbeat"> {
    fleet.hooks.heartbeat(waitOf(fleet, input).wait);
    return {};
  },

  StartInstanceRefresh(
    fleet: Fleet,
    input: InputOf<"StartInstanceRefresh">,
  ): OutputOf<"StartInstanceRefresh"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    requireOneOf(input.Strategy, "strategy", ["Rolling"]);
    const waits = input.Preferences?.ScaleInProtectedInstances;
    requireOneOf(waits, "preferences.scaleInProtectedInstances", ["Refresh", "Ignore", "Wait"]);
    const { InstanceRefreshId } = startRefresh(fleet, group, input.Preferences ?? {});
    fleet.changed();
    return { InstanceRefreshId };
  },

  CancelInstanceRefresh(
    fleet: Fleet,
    input: InputOf<"CancelInstanceRefresh">,
  ): OutputOf<"CancelInstanceRefresh"> {
    const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
    const { InstanceRefreshId } = cancelRefresh(fleet, group);
    return { InstanceRefreshId };
  },
};

/** Reads of what these calls write. */
export const groupReads = {
  DescribeTags(fleet: FleetView, input: InputOf<"DescribeTags">): OutputOf<"DescribeTags"> {
    const all = [...fleet.groups.values()].flatMap((group) =>
      group.tags.map((tag) => ({
        ...tag,
        ResourceId: group.name,
        ResourceType: "auto-scaling-group",
        PropagateAtLaunch: true,
      })),
    );
    const wanted = applyFilters(all, input, readerAmong(tagReaders), "autoscaling");
    const { items, next } = page(wanted, input.NextToken, input.MaxRecords ?? 50);
    return { Tags: items, ...next };
  },

  DescribeLifecycleHooks(
    fleet: FleetView,
    input: InputOf<"DescribeLifecycleHooks">,
  ): OutputOf<"DescribeLifecycleHooks"> {
    const { name, hooks } = requireGroup(fleet, input.AutoScalingGroupName);
    const names = input.LifecycleHookNames ?? [];
    const wanted = hooks.filter((hook) => names.length === 0 || names.includes(hook.LifecycleHookName));
    return { LifecycleHooks: wanted.map((hook) => ({ ...hook, AutoScalingGroupName: name })) };
  },
};

/** Source: API reference of Auto Scaling, Filter. */
const tagReaders: Readonly<Record<string, (tag: TagOfGroup) => readonly string[]>> = {
  "auto-scaling-group": ({ ResourceId = "" }) => [ResourceId],
  key: ({ Key = "" }) => [Key],
  value: ({ Value = "" }) => [Value],
  "propagate-at-launch": ({ PropagateAtLaunch }) => [String(PropagateAtLaunch)],
};

function processesOf(names: readonly string[] | undefined): readonly string[] {
  const unknown = names?.find((name) => !processes.includes(name));
  if (unknown !== undefined) throw validationError(`${unknown} is not a valid process type`);
  return names === undefined || names.length === 0 ? processes : names;
}

/** The instance that waits for this hook. @throws AwsError */
function waitOf(
  fleet: Fleet,
  input: InputOf<"RecordLifecycleActionHeartbeat">,
): { readonly instance: Instance; readonly wait: HookWait } {
  const group = requireGroup(fleet, requireText(input.AutoScalingGroupName, "autoScalingGroupName"));
  const { InstanceId: id, LifecycleActionToken: token } = input;
  for (const instance of fleet.membersOf(group.name)) {
    const { wait } = instance;
    if (wait === undefined || wait.hook.LifecycleHookName !== input.LifecycleHookName) continue;
    if (token === undefined ? instance.id === id : wait.token === token) return { instance, wait };
  }
  const what = token === undefined ? `instance ID ${id ?? ""}` : `token ${token}`;
  throw validationError(`No active Lifecycle Action found with ${what}`);
}
