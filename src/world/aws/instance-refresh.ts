import { timestamp } from "../time.ts";
import { fault } from "./faults.ts";
import type { Fleet } from "./fleet.ts";
import { resolveVersion } from "./instance-maker.ts";
import type { Group, Refresh } from "./types.ts";
import { isCounted } from "./zones.ts";

export interface RefreshPreferences {
  readonly MinHealthyPercentage?: number;
  /** Seconds after InService before an instance counts as replaced. */
  readonly InstanceWarmup?: number;
  readonly SkipMatching?: boolean;
  readonly ScaleInProtectedInstances?: "Refresh" | "Ignore" | "Wait";
}

const active = ["Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking"];
const lookMs = 5000;
/** How long a refresh waits for protected instances. Source: user guide, an hour. */
const protectedWaitMs = 3_600_000;

export function activeRefresh(group: Group): Refresh | undefined {
  return group.refreshes.find(({ Status }) => active.includes(Status));
}

/** Replaces the group's instances a few at a time. @throws AwsError where one is under way */
export function startRefresh(fleet: Fleet, group: Group, preferences: RefreshPreferences): Refresh {
  if (activeRefresh(group) !== undefined) {
    throw fault(
      "InstanceRefreshInProgress",
      "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
    );
  }
  const old = fleet
    .membersOf(group.name)
    .filter((instance) => isCounted(instance) && !isSkipped(group, instance.templateVersion, preferences))
    .map(({ id }) => id);
  const refresh: Refresh = {
    InstanceRefreshId: fleet.random.uid(),
    Status: "Pending",
    StartTime: timestamp(fleet.agenda.now),
    PercentageComplete: 0,
    InstancesToUpdate: old.length,
  };
  group.refreshes = [refresh, ...group.refreshes];
  lookSoon({ fleet, group, refresh, preferences, old, since: fleet.agenda.now });
  return refresh;
}

/** @throws AwsError where none is under way */
export function cancelRefresh(fleet: Fleet, group: Group): Refresh {
  const refresh = activeRefresh(group);
  if (refresh === undefined) {
    throw fault(
      "ActiveInstanceRefreshNotFound",
      `No in progress or pending Instance Refresh found for Auto Scaling group ${group.name}`,
    );
  }
  refresh.Status = "Cancelling";
  fleet.changed();
  return refresh;
}

interface Run {
  readonly fleet: Fleet;
  readonly group: Group;
  readonly refresh: Refresh;
  readonly preferences: RefreshPreferences;
  /** Ids of the instances to be replaced. */
  readonly old: readonly string[];
  /** ms since epoch. */
  readonly since: number;
}

function isSkipped(group: Group, version: number, { SkipMatching }: RefreshPreferences): boolean {
  return SkipMatching === true && version === resolveVersion(group);
}

function lookSoon(run: Run): void {
  run.fleet.agenda.after(lookMs, () => look(run));
}

function look(run: Run): void {
  const { fleet, group, refresh, preferences, old } = run;
  if (refresh.Status === "Cancelling") {
    finish(run, "Cancelled");
    return;
  }
  refresh.Status = "InProgress";
  const counted = fleet.membersOf(group.name).filter(isCounted);
  const left = counted.filter(({ id }) => old.includes(id));
  const readyBy = fleet.agenda.now - fleet.timings.instanceBootMs - (preferences.InstanceWarmup ?? 0) * 1000;
  const healthy = counted.filter(
    ({ id, lifecycle, launchedAt }) =>
      lifecycle === "InService" && (old.includes(id) || launchedAt <= readyBy),
  );
  refresh.InstancesToUpdate = left.length;
  refresh.PercentageComplete =
    old.length === 0 ? 100 : Math.floor((100 * (old.length - left.length)) / old.length);
  const isWhole = healthy.length >= group.desired;
  const waits = preferences.ScaleInProtectedInstances ?? "Wait";
  const free = left.filter(
    ({ isProtected, lifecycle }) => lifecycle === "InService" && (!isProtected || waits === "Refresh"),
  );
  if (isWhole && (left.length === 0 || (free.length === 0 && waits === "Ignore"))) {
    finish(run, "Successful");
    return;
  }
  if (free.length === 0 && left.length > 0 && fleet.agenda.now - run.since > protectedWaitMs) {
    finish(run, "Failed");
    return;
  }
  const floor = Math.ceil((group.desired * (preferences.MinHealthyPercentage ?? 90)) / 100);
  const spare = Math.max(healthy.length - floor, isWhole ? 1 : 0);
  if (!["Launch", "Terminate"].some((process) => group.suspended.includes(process))) {
    for (const instance of free.slice(0, spare)) {
      fleet.terminate(
        instance,
        fleet.activities.cause("an instance was taken out of service in response to an instance refresh."),
      );
    }
  }
  fleet.changed();
  lookSoon(run);
}

function finish({ fleet, refresh }: Run, status: string): void {
  refresh.Status = status;
  refresh.EndTime = timestamp(fleet.agenda.now);
  fleet.changed();
}
