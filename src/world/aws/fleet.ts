import type { Agenda } from "../agenda.ts";
import type { Random } from "../random.ts";
import { timestamp } from "../time.ts";
import type { Timings } from "../timings.ts";
import type { Activity, Group, Instance } from "./types.ts";

/** What the fleet tells the Kubernetes half. */
export interface FleetListener {
  /** The instance has run long enough for its kubelet to register. */
  joined(instance: Instance, group: Group): void;
  /** The instance has begun to shut down. */
  stopping(instance: Instance): void;
  terminated(instance: Instance): void;
}

/** Auto scaling groups and their instances: launches what is missing, in the emptiest zone. */
export class Fleet {
  readonly region: string;
  readonly account: string;
  readonly groups = new Map<string, Group>();
  readonly instances = new Map<string, Instance>();
  /** True: no launch begins (held by a test). */
  isHeld: () => boolean = () => false;
  private readonly agenda: Agenda;
  private readonly random: Random;
  private readonly timings: Timings;
  private readonly listener: FleetListener;
  private readonly usedNames = new Set<string>();

  constructor(options: {
    readonly region: string;
    readonly account: string;
    readonly agenda: Agenda;
    readonly random: Random;
    readonly timings: Timings;
    readonly listener: FleetListener;
  }) {
    this.region = options.region;
    this.account = options.account;
    this.agenda = options.agenda;
    this.random = options.random;
    this.timings = options.timings;
    this.listener = options.listener;
  }

  membersOf(group: string): readonly Instance[] {
    return [...this.instances.values()].filter(
      (instance) => instance.group === group && instance.lifecycle !== "gone",
    );
  }

  addGroup(group: Group): void {
    this.groups.set(group.name, group);
  }

  /** Puts a running, InService instance there, as if launched long ago. */
  addRunning(group: Group, zone: string, templateVersion: number): Instance {
    const instance = this.newInstance(group, zone, templateVersion);
    instance.lifecycle = "InService";
    instance.state = "running";
    return instance;
  }

  /** Begins the end of an instance. Idempotent. */
  terminate(instance: Instance, cause: string): Activity {
    const group = this.groups.get(instance.group);
    const activity = this.record(group, `Terminating EC2 instance: ${instance.id}`, cause, "InProgress");
    if (instance.lifecycle.startsWith("Terminat") || instance.lifecycle === "gone") return activity;
    instance.lifecycle = "Terminating";
    instance.state = "shutting-down";
    this.listener.stopping(instance);
    this.agenda.after(this.timings.instanceStopMs, () => {
      instance.lifecycle = "gone";
      instance.state = "terminated";
      group?.freedNames.push(instance.dnsName);
      this.settle(group, activity, "Successful");
      this.listener.terminated(instance);
      if (group !== undefined) this.reconcileSoon(group);
    });
    if (group !== undefined && !group.reusesNames) this.reconcileSoon(group);
    return activity;
  }

  /** Compares desired with what there is, a little later. */
  reconcileSoon(group: Group): void {
    this.agenda.once(`group/${group.name}`, this.timings.launchAfterMs, () => this.reconcile(group));
  }

  private reconcile(group: Group): void {
    const alive = this.membersOf(group.name).filter((instance) => !instance.lifecycle.startsWith("Terminat"));
    const missing = group.desired - alive.length;
    if (missing < 0) this.shrink(group, alive);
    if (missing <= 0 || group.suspended.includes("Launch") || this.isHeld()) return;
    for (let index = 0; index < missing; index++) this.launch(group);
  }

  /** Takes from the fullest zone, oldest first. */
  private shrink(group: Group, alive: readonly Instance[]): void {
    if (group.suspended.includes("Terminate")) return;
    const fullest = [...group.zones].sort(
      (left, right) => countIn(alive, right) - countIn(alive, left) || (left < right ? -1 : 1),
    )[0];
    const victim = alive.find((instance) => instance.zone === fullest && !instance.isProtected);
    if (victim === undefined) return;
    const cause = `At ${timestamp(this.agenda.now)} an instance was taken out of service in response to a difference between desired and actual capacity.`;
    this.terminate(victim, cause);
  }

  private launch(group: Group): void {
    const cause = `At ${timestamp(this.agenda.now)} an instance was started in response to a difference between desired and actual capacity.`;
    const failure = group.launchFailures.shift();
    if (failure !== undefined) {
      this.record(
        group,
        "Launching a new EC2 instance",
        cause,
        "Failed",
        `${failure}. Launching EC2 instance failed.`,
      );
      this.agenda.after(10_000, () => this.reconcile(group));
      return;
    }
    const instance = this.newInstance(group, this.emptiestZone(group), this.resolveVersion(group));
    const activity = this.record(group, `Launching a new EC2 instance: ${instance.id}`, cause, "InProgress");
    this.agenda.after(this.timings.instanceBootMs, () => {
      if (instance.lifecycle !== "Pending") return;
      instance.lifecycle = "InService";
      instance.state = "running";
      this.settle(group, activity, "Successful");
      this.agenda.after(this.timings.nodeJoinMs, () => {
        if (instance.state === "running") this.listener.joined(instance, group);
      });
    });
  }

  /** Version number that a launch now would take. */
  resolveVersion(group: Group): number {
    if (group.templateVersion === "$Latest") return group.template.latest;
    if (group.templateVersion === "$Default") return group.template.default;
    return Number(group.templateVersion);
  }

  private emptiestZone(group: Group): string {
    const alive = this.membersOf(group.name).filter((instance) => !instance.lifecycle.startsWith("Terminat"));
    const best = [...group.zones].sort(
      (left, right) => countIn(alive, left) - countIn(alive, right) || (left < right ? -1 : 1),
    )[0];
    return best ?? `${this.region}a`;
  }

  private newInstance(group: Group, zone: string, templateVersion: number): Instance {
    const instance: Instance = {
      id: `i-0${this.random.hexadecimal(16)}`,
      group: group.name,
      zone,
      dnsName: (group.reusesNames ? group.freedNames.shift() : undefined) ?? this.newName(group, zone),
      type: group.shape.instanceType,
      templateVersion,
      lifecycle: "Pending",
      state: "pending",
      isProtected: false,
    };
    this.instances.set(instance.id, instance);
    return instance;
  }

  private newName(group: Group, zone: string): string {
    const network = 32 * (1 + Math.max(0, group.zones.indexOf(zone)));
    for (;;) {
      const name = `ip-10-0-${network + this.random.between(0, 31)}-${this.random.between(4, 250)}.${this.region}.compute.internal`;
      if (this.usedNames.has(name)) continue;
      this.usedNames.add(name);
      return name;
    }
  }

  private record(
    group: Group | undefined,
    description: string,
    cause: string,
    status: string,
    message?: string,
  ): Activity {
    const activity = {
      ActivityId: this.random.uid(),
      Description: description,
      Cause: cause,
      StartTime: timestamp(this.agenda.now),
      StatusCode: status,
      ...(message === undefined ? {} : { StatusMessage: message }),
    };
    if (group !== undefined) group.activities = [activity, ...group.activities].slice(0, 100);
    return activity;
  }

  private settle(group: Group | undefined, activity: Activity, status: string): void {
    if (group === undefined) return;
    group.activities = group.activities.map((one) =>
      one.ActivityId === activity.ActivityId ? { ...one, StatusCode: status } : one,
    );
  }
}

function countIn(instances: readonly Instance[], zone: string): number {
  return instances.filter((instance) => instance.zone === zone).length;
}
