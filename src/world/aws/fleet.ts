import type { Agenda } from "../agenda.ts";
import type { Random } from "../random.ts";
import type { Timings } from "../timings.ts";
import { Activities } from "./activities.ts";
import { Capacity } from "./capacity.ts";
import { FleetHistory, type FleetView, membersIn, warmPoolIn } from "./fleet-view.ts";
import { LifecycleHooks } from "./hooks.ts";
import { InstanceMaker, resolveVersion } from "./instance-maker.ts";
import { chooseVictim } from "./termination-policies.ts";
import { Throttle } from "./throttle.ts";
import type { Activity, Group, Instance } from "./types.ts";
import { emptiestFirst, isCounted, isEnding, isUnbalanced } from "./zones.ts";

/** What the fleet tells the Kubernetes half. */
export interface FleetListener {
  /** The instance has run long enough for its kubelet to register. */
  joined(instance: Instance, group: Group): void;
  /** The instance has begun to shut down. */
  stopping(instance: Instance): void;
  terminated(instance: Instance): void;
}

export interface FleetOptions {
  readonly region: string;
  readonly account: string;
  readonly agenda: Agenda;
  readonly random: Random;
  readonly timings: Timings;
  readonly listener: FleetListener;
}

const needed = "an instance was started in response to a difference between desired and actual capacity.";
const surplus =
  "an instance was taken out of service in response to a difference between desired and actual capacity.";
const balancing = "an instance was launched to aid in balancing the group's zones.";
const unhealthy =
  "an instance was taken out of service in response to an EC2 health check indicating it has been terminated or stopped.";
/** A launch that failed is tried again, and its zone left out for longer. */
const retryMs = 10_000;
const avoidZoneMs = 300_000;

/** Auto scaling groups and their instances: launches what is missing, in the emptiest zone. */
export class Fleet implements FleetView {
  readonly region: string;
  readonly account: string;
  readonly groups = new Map<string, Group>();
  readonly instances = new Map<string, Instance>();
  readonly agenda: Agenda;
  readonly random: Random;
  readonly timings: Timings;
  readonly activities: Activities;
  readonly hooks: LifecycleHooks;
  readonly capacity = new Capacity();
  readonly throttle = new Throttle();
  readonly history = new FleetHistory();
  /** Answers by actions and the client tokens they came with. */
  readonly answered = new Map<string, { readonly input: string; readonly output: unknown }>();
  /** The next calls of an action get these errors, one each; "*" is any action. */
  readonly refusals = new Map<string, Error[]>();
  /** True: no launch begins (held by a test). */
  isHeld: () => boolean = () => false;
  private readonly maker: InstanceMaker;
  private readonly listener: FleetListener;
  /** "GROUP ZONE" → ms since epoch, until when a zone that had no capacity is left out. */
  private readonly avoided = new Map<string, number>();

  constructor(options: FleetOptions) {
    this.region = options.region;
    this.account = options.account;
    this.agenda = options.agenda;
    this.random = options.random;
    this.timings = options.timings;
    this.listener = options.listener;
    this.activities = new Activities(options.agenda, options.random);
    this.hooks = new LifecycleHooks(options.agenda, options.random);
    this.maker = new InstanceMaker(options.region, options.random);
  }

  /** Those that the group counts or lets go; not those of its warm pool. */
  membersOf(group: string): readonly Instance[] {
    return membersIn(this, group);
  }

  addGroup(group: Group): void {
    this.groups.set(group.name, group);
    this.changed();
  }

  /** To be called by whoever changes groups or instances by himself. */
  changed(): void {
    this.history.note(this, this.agenda.now);
  }

  /** Puts a running, InService instance there, as if launched long ago. */
  addRunning(group: Group, zone: string, templateVersion: number): Instance {
    const instance = this.make(group, zone, templateVersion);
    instance.lifecycle = "InService";
    instance.state = "running";
    this.changed();
    return instance;
  }

  /** Puts an instance there that stands elsewhere already, as it is. */
  addKnown(instance: Instance): void {
    this.instances.set(instance.id, instance);
    this.maker.reserve(instance.dnsName);
    this.changed();
  }

  /** Puts a stopped instance into the group's warm pool: the next launch takes it. */
  addWarm(group: Group): Instance {
    const instance = this.make(group, this.zoneFor(group), resolveVersion(group));
    instance.lifecycle = "Warmed:Stopped";
    instance.state = "stopped";
    this.changed();
    return instance;
  }

  /** Begins the end of an instance. Idempotent. */
  terminate(instance: Instance, cause: string): Activity {
    const group = this.groups.get(instance.group);
    const what = `Terminating EC2 instance: ${instance.id}`;
    const activity = this.activities.record(group, [what, cause], "InProgress");
    if (isEnding(instance)) return activity;
    instance.wait = undefined;
    if (group?.hooks.some((hook) => hook.LifecycleTransition === "autoscaling:EC2_INSTANCE_TERMINATING")) {
      instance.lifecycle = "Terminating:Wait";
      this.activities.move(group, activity, "MidTerminatingLifecycleAction");
    }
    this.hooks.await(group, instance, "autoscaling:EC2_INSTANCE_TERMINATING", () => {
      instance.lifecycle = instance.lifecycle === "Terminating:Wait" ? "Terminating:Proceed" : "Terminating";
      this.shutDown(instance, () => {
        this.forget(instance, group);
        this.activities.settle(group, activity, "Successful");
        this.listener.terminated(instance);
        if (group !== undefined) this.reconcileSoon(group);
      });
    });
    if (group !== undefined && !group.reusesNames) this.reconcileSoon(group);
    this.changed();
    return activity;
  }

  /** EC2 ends an instance without its group: the group's health check finds out, where it is not suspended. */
  endFromOutside(instance: Instance): void {
    if (isEnding(instance) || instance.state === "terminated") return;
    const group = this.groups.get(instance.group);
    if (group !== undefined && mayReplace(group)) {
      this.terminate(instance, this.activities.cause(unhealthy));
      return;
    }
    instance.health = "Unhealthy";
    this.shutDown(instance, () => {
      if (instance.group === "") this.forget(instance, undefined);
      this.listener.terminated(instance);
    });
  }

  /** Stops the machine, then does the rest; at once where it has stopped already. */
  private shutDown(instance: Instance, ended: () => void): void {
    if (instance.state === "terminated") {
      ended();
      return;
    }
    instance.state = "shutting-down";
    this.listener.stopping(instance);
    this.changed();
    this.agenda.after(this.timings.instanceStopMs, () => {
      instance.state = "terminated";
      instance.endedAt ??= this.agenda.now;
      ended();
      this.changed();
    });
  }

  private forget(instance: Instance, group: Group | undefined): void {
    instance.lifecycle = "gone";
    instance.endedAt ??= this.agenda.now;
    group?.freedNames.push(instance.dnsName);
  }

  /** Compares desired with what there is, a little later. */
  reconcileSoon(group: Group): void {
    this.agenda.once(`group/${group.name}`, this.timings.launchAfterMs, () => this.reconcile(group));
  }

  private reconcile(group: Group): void {
    const members = this.membersOf(group.name);
    for (const instance of members) {
      if (isCounted(instance) && instance.health === "Unhealthy" && mayReplace(group)) {
        this.terminate(instance, this.activities.cause(unhealthy));
      }
    }
    const counted = members.filter((instance) => isCounted(instance) && !instance.isExtra);
    const missing = group.desired - counted.length;
    if (missing < 0) this.shrink(group, counted);
    if (missing > 0 && !group.suspended.includes("Launch") && !this.isHeld()) {
      for (let index = 0; index < missing; index++) this.launchMissing(group);
    }
    if (missing === 0) this.rebalanceSoon(group);
  }

  private shrink(group: Group, counted: readonly Instance[]): void {
    if (group.suspended.includes("Terminate")) return;
    const victim = chooseVictim(group, counted);
    if (victim !== undefined) this.terminate(victim, this.activities.cause(surplus));
  }

  private launchMissing(group: Group): void {
    const [warm] = warmPoolIn(this, group.name);
    if (warm !== undefined) {
      warm.lifecycle = "Pending";
      warm.state = "pending";
      this.start(group, warm, this.activities.cause(needed));
      return;
    }
    const launched = this.launch(group, this.zoneFor(group), this.activities.cause(needed));
    if (typeof launched === "string") this.retrySoon(group);
  }

  private retrySoon(group: Group): void {
    this.agenda.once(`group-retry/${group.name}`, retryMs, () => this.reconcile(group));
  }

  /** Launches an instance, or gives the sentence that says why not; either is an activity. */
  launch(group: Group, zone: string, cause: string): Instance | string {
    const type = typeOf(group);
    const failure = group.launchFailures.shift() ?? this.lackOf(group, zone, type);
    if (failure !== undefined) {
      const message = `${failure}. Launching EC2 instance failed.`;
      this.activities.record(
        group,
        ["Launching a new EC2 instance", cause],
        "Failed",
        message.replace("..", "."),
      );
      this.changed();
      return failure;
    }
    const instance = this.make(group, zone, resolveVersion(group));
    this.start(group, instance, cause);
    return instance;
  }

  private lackOf(group: Group, zone: string, type: string): string | undefined {
    if (!this.capacity.lacks(zone, type)) return undefined;
    this.avoided.set(`${group.name} ${zone}`, this.agenda.now + avoidZoneMs);
    const others = group.zones.filter((other) => !this.capacity.lacks(other, type));
    return `Could not launch On-Demand Instances. InsufficientInstanceCapacity - ${this.capacity.refusal(zone, type, others)}`;
  }

  private start(group: Group, instance: Instance, cause: string): void {
    const what = `Launching a new EC2 instance: ${instance.id}`;
    const activity = this.activities.record(group, [what, cause], "InProgress");
    this.changed();
    this.agenda.after(this.timings.instanceBootMs, () => {
      if (instance.lifecycle !== "Pending") return;
      instance.state = "running";
      this.joinLater(instance, group);
      const transition = "autoscaling:EC2_INSTANCE_LAUNCHING";
      const waits = group.hooks.some((hook) => hook.LifecycleTransition === transition);
      if (waits) {
        instance.lifecycle = "Pending:Wait";
        this.activities.move(group, activity, "MidLifecycleAction");
      }
      this.hooks.await(group, instance, transition, (result) =>
        this.enter(group, instance, activity, result),
      );
      this.changed();
    });
  }

  private joinLater(instance: Instance, group: Group): void {
    this.agenda.after(this.timings.nodeJoinMs, () => {
      if (instance.state === "running") this.listener.joined(instance, group);
    });
  }

  /** In service, or gone again where a launch hook was abandoned. */
  private enter(group: Group, instance: Instance, activity: Activity, result: "CONTINUE" | "ABANDON"): void {
    if (result === "ABANDON") {
      this.activities.settle(group, activity, "Cancelled");
      const what =
        "an instance was taken out of service in response to a lifecycle action that was abandoned.";
      this.terminate(instance, this.activities.cause(what));
      return;
    }
    instance.lifecycle = "InService";
    instance.isExtra = false;
    this.activities.settle(group, activity, "Successful");
    this.changed();
    const counted = this.membersOf(group.name).filter(isCounted);
    if (counted.length > group.desired) this.reconcileSoon(group);
    else this.rebalanceSoon(group);
  }

  /** Where zones are more than one instance apart, evens them out a little later, unless suspended. */
  rebalanceSoon(group: Group): void {
    if (!isUnbalanced(group, this.membersOf(group.name).filter(isCounted))) return;
    this.agenda.once(`rebalance/${group.name}`, this.timings.rebalanceAfterMs, () => {
      const members = this.membersOf(group.name);
      const isSettled = members.every(
        ({ lifecycle }) => lifecycle === "InService" || lifecycle === "Standby",
      );
      if (isSettled && isUnbalanced(group, members.filter(isCounted))) this.rebalance(group);
    });
  }

  /** Launches in the emptiest zone first; then one is too many, and the fullest zone gives it. */
  rebalance(group: Group): void {
    if (["AZRebalance", "Launch", "Terminate"].some((process) => group.suspended.includes(process))) return;
    if (this.isHeld()) return;
    const launched = this.launch(group, this.zoneFor(group), this.activities.cause(balancing));
    if (typeof launched !== "string") launched.isExtra = true;
    this.changed();
  }

  /** The emptiest zone that is not left out for want of capacity. */
  private zoneFor(group: Group): string {
    const zones = emptiestFirst(
      group,
      this.membersOf(group.name).filter((one) => !isEnding(one)),
    );
    const now = this.agenda.now;
    const open = zones.filter((zone) => (this.avoided.get(`${group.name} ${zone}`) ?? 0) <= now);
    return open[0] ?? zones[0] ?? `${this.region}a`;
  }

  private make(group: Group, zone: string, version: number): Instance {
    const instance = this.maker.make(group, zone, version, this.agenda.now);
    this.instances.set(instance.id, instance);
    return instance;
  }
}

function typeOf(group: Group): string {
  return group.template.data.get(resolveVersion(group))?.InstanceType ?? group.shape.instanceType;
}

function mayReplace({ suspended }: Group): boolean {
  return !suspended.includes("HealthCheck") && !suspended.includes("ReplaceUnhealthy");
}
