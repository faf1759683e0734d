import { type Cluster, tell } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { markDisrupted } from "./disruption-target.ts";
import { budgetsOfPod } from "./eviction-budgets.ts";
import { hostPortsOf, isPortTaken } from "./host-ports.ts";
import type { Place } from "./node-classes.ts";
import { isFinished, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { addOthers, lackingOthers, requestsOf } from "./resources.ts";

/** The pods that have to leave one node so that a more important one fits there. */
export interface Victims {
  readonly place: Place;
  /** The most important first. */
  readonly pods: readonly Pod[];
  /** How many of them no budget would let go. */
  readonly broken: number;
}

export function priorityOf({ spec }: Pod): number {
  return spec.priority ?? 0;
}

/** Why a pod may not push others away; undefined: it may. Source: PodEligibleToPreemptOthers. */
export function whyIneligible(cluster: Cluster, pod: Pod): string | undefined {
  if (pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.status.nominatedNodeName;
  if (nominated === undefined) return undefined;
  const isLeaving = cluster.stores.pods
    .onNode(nominated)
    .some((other) => isTerminating(other) && priorityOf(other) < priorityOf(pod));
  return isLeaving ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

/** The fewest and least important pods of a node that make room; undefined where even all of them do not. */
export function victimsOn(cluster: Cluster, pod: Pod, place: Place): Victims | undefined {
  const priority = priorityOf(pod);
  const beside = cluster.stores.pods.onNode(place.node.metadata.name).filter((other) => !isFinished(other));
  const lower = beside.filter((other) => priorityOf(other) < priority);
  const room = new Room(place, pod, beside);
  for (const other of lower) room.remove(other);
  if (lower.length === 0 || !room.fits()) return undefined;
  const [guarded, free] = splitByBudgets(cluster, lower.toSorted(byImportance));
  const stays = (other: Pod): boolean => {
    room.add(other);
    if (room.fits()) return true;
    room.remove(other);
    return false;
  };
  const broken = guarded.filter((other) => !stays(other));
  const others = free.filter((other) => !stays(other));
  return { place, pods: [...broken, ...others].toSorted(byImportance), broken: broken.length };
}

/** What a node would hold. */
class Room {
  private readonly pod: Pod;
  private readonly place: Place;
  private readonly pods: Set<Pod>;
  private readonly others: Map<string, number>;
  private cpu: number;
  private memory: number;
  private count: number;

  constructor(place: Place, pod: Pod, beside: readonly Pod[]) {
    this.place = place;
    this.pod = pod;
    this.pods = new Set(beside);
    this.others = new Map(place.usage.others);
    this.cpu = place.usage.cpu;
    this.memory = place.usage.memory;
    this.count = place.usage.count;
  }

  add(pod: Pod, sign = 1): void {
    const { cpu, memory, others } = requestsOf(pod.spec);
    this.cpu += sign * cpu;
    this.memory += sign * memory;
    this.count += sign;
    addOthers(this.others, others, sign);
    if (sign > 0) this.pods.add(pod);
    else this.pods.delete(pod);
  }

  remove(pod: Pod): void {
    this.add(pod, -1);
  }

  fits(): boolean {
    const { allocatable } = this.place.usage;
    const { cpu, memory, others } = requestsOf(this.pod.spec);
    const ports = hostPortsOf(this.pod.spec);
    return (
      this.count + 1 <= allocatable.pods &&
      (cpu === 0 || this.cpu + cpu <= allocatable.cpu) &&
      (memory === 0 || this.memory + memory <= allocatable.memory) &&
      lackingOthers(others, this.others, allocatable.others).length === 0 &&
      (ports.length === 0 || !isPortTaken(ports, [...this.pods]))
    );
  }
}

/** Source: schedutil.MoreImportantPod. */
function byImportance(left: Pod, right: Pod): number {
  const difference = priorityOf(right) - priorityOf(left);
  if (difference !== 0) return difference;
  const [one, two] = [left.status.startTime ?? "", right.status.startTime ?? ""];
  return one < two ? -1 : one > two ? 1 : 0;
}

/** Those that a budget would not let go any more, and the rest. Source: filterPodsWithPDBViolation. */
function splitByBudgets(cluster: Cluster, pods: readonly Pod[]): readonly [readonly Pod[], readonly Pod[]] {
  const left = new Map<string, number>();
  const guarded: Pod[] = [];
  const free: Pod[] = [];
  for (const pod of pods) {
    let isGuarded = false;
    for (const { metadata, status } of budgetsOfPod(cluster, pod)) {
      if (status.disruptedPods?.[pod.metadata.name] !== undefined) continue;
      const allowed = (left.get(metadata.uid) ?? status.disruptionsAllowed) - 1;
      left.set(metadata.uid, allowed);
      if (allowed < 0) isGuarded = true;
    }
    (isGuarded ? guarded : free).push(pod);
  }
  return [guarded, free];
}

/** Breaks fewest budgets, then takes the least important pods, then the fewest. Source: pickOneNodeForPreemption. */
export function pickVictims(all: readonly Victims[]): Victims | undefined {
  const rank = ({ broken, pods }: Victims): readonly number[] => [
    broken,
    Math.max(...pods.map(priorityOf)),
    pods.reduce((sum, pod) => sum + priorityOf(pod) + 2 ** 31, 0),
    pods.length,
  ];
  const ranked = all.map((victims) => ({ victims, rank: rank(victims) }));
  ranked.sort((left, right) => {
    const index = left.rank.findIndex((value, at) => value !== right.rank[at]);
    return index < 0 ? 0 : (left.rank[index] ?? 0) - (right.rank[index] ?? 0);
  });
  return ranked[0]?.victims;
}

/** Tells the victims to go, gracefully. */
export function preempt(cluster: Cluster, pod: Pod, { pods, place }: Victims): void {
  for (const victim of pods) {
    if (isTerminating(victim)) continue;
    const message = "default-scheduler: preempting to accommodate a higher priority pod";
    deletePod(cluster, markDisrupted(cluster, victim, "PreemptionByScheduler", message));
    const what = `Preempted by pod ${pod.metadata.uid} on node ${place.node.metadata.name}`;
    tell(cluster, victim, ["default-scheduler", "Normal", "Preempted"], what);
  }
}
