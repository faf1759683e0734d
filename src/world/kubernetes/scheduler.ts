import { isEqualJson } from "../json.ts";
import { boundPod } from "./bound-pod.ts";
import { type Cluster, draw, tell } from "./cluster.ts";
import { hostPortsOf, isPortTaken } from "./host-ports.ts";
import type { Place } from "./node-classes.ts";
import type { Node } from "./node-types.ts";
import { isTerminating, withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { pickVictims, preempt, priorityOf, type Victims, victimsOn, whyIneligible } from "./preemption.ts";
import { QuickSearch } from "./quick-search.ts";
import { addOthers, lackingOthers, requestsOf } from "./resources.ts";
import {
  type Attempt,
  isResolvableByPreemption,
  type Placements,
  prepareAttempt,
  rejectPlace,
  watchPlacements,
} from "./scheduler-filters.ts";
import { explainBarrier, explainPreemption, explainRejections } from "./scheduler-messages.ts";
import { settledOn, settledPod } from "./settled-pod.ts";
import { reluctanceOf } from "./soft-preferences.ts";
import { controllerUidOf } from "./store-index.ts";
import { largeCluster } from "./zones-in-turn.ts";

/** Plays kube-scheduler: binds pods without a node, and tries those that did not fit again after changes. */
export class Scheduler {
  private readonly cluster: Cluster;
  private readonly placements: Placements;
  /** Where the next search begins among the nodes of a large cluster. */
  private start = 0;
  private readonly quick = new QuickSearch();
  /** UIDs of pods that fitted nowhere, oldest first. */
  private readonly unschedulable = new Set<string>();
  /** UID of a pod → the node where room is made for it. */
  private readonly nominations = new Map<string, string>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.placements = watchPlacements(cluster);
    const { pods, nodes, persistentvolumeclaims } = cluster.stores;
    pods.log.observe((entry) => {
      if (entry.type === "DELETED") {
        this.unschedulable.delete(entry.object.metadata.uid);
        this.nominations.delete(entry.object.metadata.uid);
        this.retrySoon();
      } else if (entry.type === "ADDED" && entry.object.spec.nodeName === undefined) {
        this.enqueue(entry.object);
      } else if (isGated(entry.previous) && !isGated(entry.object)) {
        this.enqueue(entry.object);
      } else if (
        this.unschedulable.has(entry.object.metadata.uid) &&
        entry.object.metadata.generation !== entry.previous?.metadata.generation
      ) {
        this.retrySoon();
      } else if (entry.object.status.phase !== entry.previous?.status.phase) this.retrySoon();
    });
    nodes.log.observe((entry) => {
      if (
        entry.object.spec !== entry.previous?.spec ||
        entry.object.metadata.labels !== entry.previous?.metadata.labels ||
        !isEqualJson(entry.object.status.allocatable, entry.previous?.status.allocatable)
      )
        this.retrySoon();
    });
    persistentvolumeclaims.log.observe(() => this.retrySoon());
  }

  /** Tries every pod that did not fit, a little later. */
  retrySoon(): void {
    if (this.unschedulable.size === 0) return;
    const { agenda, timings } = this.cluster;
    agenda.once("scheduler/retry", timings.schedulerRetryMs, () => {
      for (const uid of this.waiting()) this.attempt(uid);
    });
  }

  /** The most important first, then the oldest. */
  private waiting(): readonly string[] {
    const { pods } = this.cluster.stores;
    const waiting = [...this.unschedulable].map((uid) => {
      const pod = pods.getByUid(uid);
      return { uid, priority: pod === undefined ? 0 : priorityOf(pod) };
    });
    return waiting.sort((left, right) => right.priority - left.priority).map(({ uid }) => uid);
  }

  private enqueue(pod: Pod): void {
    const { uid } = pod.metadata;
    if (!isOurs(pod)) return;
    if (isGated(pod)) {
      this.say(pod, { reason: "SchedulingGated", message: gatedMessage });
      return;
    }
    this.cluster.agenda.once(`scheduler/${uid}`, draw(this.cluster, this.cluster.timings.schedulerMs), () =>
      this.attempt(uid),
    );
  }

  private attempt(uid: string): void {
    const pod = this.cluster.stores.pods.getByUid(uid);
    if (pod === undefined || pod.spec.nodeName !== undefined || isTerminating(pod)) {
      this.unschedulable.delete(uid);
      return;
    }
    if (this.cluster.held.has("scheduler")) {
      this.unschedulable.add(uid);
      return;
    }
    const attempt = prepareAttempt(this.cluster, this.placements, pod);
    const best = this.search(attempt);
    if (best === undefined) {
      this.unschedulable.add(uid);
      this.giveUp(attempt);
      return;
    }
    this.unschedulable.delete(uid);
    this.nominations.delete(uid);
    const bound = this.cluster.stores.pods.put(boundPod(this.cluster, pod, best));
    const { namespace, name } = bound.metadata;
    const message = `Successfully assigned ${namespace}/${name} to ${best.metadata.name}`;
    tell(this.cluster, bound, ["default-scheduler", "Normal", "Scheduled"], message);
  }

  /** Says why nothing fits, and makes room where less important pods are in the way. */
  private giveUp(attempt: Attempt): void {
    const { cluster } = this;
    const { pod } = attempt;
    const { places, passedOver } = attempt.nodeClass;
    const rejections = places.map((place) => rejectPlace(attempt, place));
    const ineligible = whyIneligible(cluster, pod);
    const chances = places.filter(
      (place, index) =>
        attempt.barrier === undefined && isResolvableByPreemption(attempt, place, rejections[index] ?? []),
    );
    const found = ineligible === undefined ? this.findVictims(pod, chances) : undefined;
    const why =
      attempt.barrier === undefined
        ? explainRejections(rejections, passedOver)
        : explainBarrier(attempt.barrier, places.length + passedOver);
    if (found === undefined) {
      const helpless = places.length + passedOver - chances.length;
      const rest = ineligible ?? explainPreemption(helpless, chances.length);
      const message = `${why} no new claims to deallocate, preemption: ${rest}`;
      // Who waits for others to leave keeps the room that was promised; who has no chance any more loses it.
      if (ineligible === undefined) this.nominations.delete(pod.metadata.uid);
      const kept = ineligible === undefined ? {} : nominationOf(pod);
      const said = places.length + passedOver === 0 ? why : message;
      this.say(pod, { reason: "Unschedulable", message: said, ...kept });
      return;
    }
    const nominatedNodeName = found.place.node.metadata.name;
    this.nominations.set(pod.metadata.uid, nominatedNodeName);
    this.say(pod, { reason: "Unschedulable", message: why, nominatedNodeName });
    preempt(cluster, pod, found);
  }

  private findVictims(pod: Pod, chances: readonly Place[]): Victims | undefined {
    const all = chances.flatMap((place) => victimsOn(this.cluster, pod, place) ?? []);
    return pickVictims(all);
  }

  /** Is the room of a node meant for a pod that is at least as important? */
  private isPromised(pod: Pod, place: Place): boolean {
    for (const [uid, node] of this.nominations) {
      if (node !== place.node.metadata.name || uid === pod.metadata.uid) continue;
      const other = this.cluster.stores.pods.getByUid(uid);
      if (other === undefined) this.nominations.delete(uid);
      else if (priorityOf(other) >= priorityOf(pod) && !fitsBeside(place, pod, other)) return true;
    }
    return false;
  }

  /**
   * The best node that fits, of a small cluster among all, of a large one among a part, each time from where
   * the last search ended: fewest pods of the same owner, then most free cpu, then the fewest pods; ties by chance.
   */
  private search(attempt: Attempt, most?: number): Node | undefined {
    if (attempt.barrier !== undefined) return undefined;
    const { fitting } = attempt.nodeClass;
    const siblings = this.placements.counts.siblingsOf(controllerUidOf(attempt.pod));
    const soft = reluctanceOf(this.cluster, attempt.pod);
    let best: Candidate | undefined;
    let enough = enoughNodes(fitting.length, most);
    let looked = 0;
    for (; looked < fitting.length && enough > 0; looked++) {
      const place = fitting[(this.start + looked) % fitting.length];
      if (place === undefined || rejectPlace(attempt, place).length > 0) continue;
      if (this.nominations.size > 0 && this.isPromised(attempt.pod, place)) continue;
      enough -= 1;
      const near = siblings.get(place.node.metadata.name) ?? 0;
      const reluctance = soft(place.node);
      if (best !== undefined && reluctance === best.reluctance && near > best.siblings) continue;
      const candidate = { ...weigh(place, near, this.cluster.random.fraction()), reluctance };
      if (best === undefined || isBetter(candidate, best)) best = candidate;
    }
    if (looked < fitting.length) this.start += looked;
    return best?.node;
  }

  /** While a world is made: a new pod as it is when it has long been running, where it fits somewhere. */
  settle(pod: Pod): Pod {
    if (pod.spec.nodeName !== undefined) return settledPod(this.cluster, pod);
    if (!isOurs(pod)) return pod;
    const best = this.searchToSettle(prepareAttempt(this.cluster, this.placements, pod));
    return best === undefined ? pod : settledOn(this.cluster, pod, best);
  }

  private searchToSettle(attempt: Attempt): Node | undefined {
    if (attempt.barrier !== undefined) return undefined;
    if (attempt.nodeClass.fitting.length < largeCluster) return this.search(attempt, 10);
    const siblings = this.placements.counts.siblingsOf(controllerUidOf(attempt.pod));
    return this.quick.find(attempt, siblings, reluctanceOf(this.cluster, attempt.pod));
  }

  /** PodScheduled False, with a nomination if given; what is said already is not said again. */
  private say(pod: Pod, { reason, message, nominatedNodeName }: Said): void {
    const before = pod.status.conditions?.find((condition) => condition.type === "PodScheduled");
    const isSaid = before?.message === message && before.reason === reason;
    if (isSaid && pod.status.nominatedNodeName === nominatedNodeName) return;
    const observed = reason === "Unschedulable" ? { observedGeneration: pod.metadata.generation ?? 1 } : {};
    const condition = { type: "PodScheduled", status: "False", reason, message, ...observed };
    const { nominatedNodeName: _before, ...status } = pod.status;
    const conditions = withCondition(status.conditions, condition, this.cluster.agenda.now);
    const nomination = nominatedNodeName === undefined ? {} : { nominatedNodeName };
    const stored = this.cluster.stores.pods.put({ ...pod, status: { ...status, ...nomination, conditions } });
    if (reason === "SchedulingGated") return;
    tell(this.cluster, stored, ["default-scheduler", "Warning", "FailedScheduling"], message);
  }
}

/** Why a pod has no node yet. */
interface Said {
  readonly reason: "Unschedulable" | "SchedulingGated";
  readonly message: string;
  readonly nominatedNodeName?: string;
}

function nominationOf({ status: { nominatedNodeName } }: Pod): Pick<Said, "nominatedNodeName"> {
  return nominatedNodeName === undefined ? {} : { nominatedNodeName };
}

const gatedMessage = "Scheduling is blocked due to non-empty scheduling gates";

/** A pod that names another scheduler waits for that one. */
function isOurs({ spec }: Pod): boolean {
  return (spec.schedulerName ?? "default-scheduler") === "default-scheduler";
}

function isGated(pod: Pod | undefined): boolean {
  return (pod?.spec.schedulingGates ?? []).length > 0;
}

function fitsBeside({ usage }: Place, pod: Pod, other: Pod): boolean {
  const [own, promised] = [requestsOf(pod.spec), requestsOf(other.spec)];
  const { cpu, memory, pods, others } = usage.allocatable;
  const both = new Map(usage.others);
  addOthers(both, promised.others, 1);
  return (
    usage.count + 2 <= pods &&
    usage.cpu + own.cpu + promised.cpu <= cpu &&
    usage.memory + own.memory + promised.memory <= memory &&
    lackingOthers(own.others, both, others).length === 0 &&
    !isPortTaken(hostPortsOf(pod.spec), [other])
  );
}

/** Source: kube-scheduler's numFeasibleNodesToFind, with percentageOfNodesToScore at its least, 5. */
function enoughNodes(all: number, most = Number.POSITIVE_INFINITY): number {
  const usual = all < 100 ? all : Math.max(100, Math.floor(all / 20));
  return all <= 30 ? usual : Math.min(most, usual);
}

/** A node that fits, and what speaks for it: less of each is better, the first difference decides. */
interface Candidate {
  readonly node: Node;
  readonly reluctance: number;
  readonly siblings: number;
  readonly load: number;
  readonly pods: number;
  readonly lot: number;
}

function weigh({ node, usage }: Place, siblings: number, lot: number): Omit<Candidate, "reluctance"> {
  return {
    node,
    siblings,
    load: usage.cpu / Math.max(1, usage.allocatable.cpu),
    pods: usage.count,
    lot,
  };
}

function isBetter(left: Candidate, right: Candidate): boolean {
  if (left.reluctance !== right.reluctance) return left.reluctance < right.reluctance;
  if (left.siblings !== right.siblings) return left.siblings < right.siblings;
  if (left.load !== right.load) return left.load < right.load;
  if (left.pods !== right.pods) return left.pods < right.pods;
  return left.lot < right.lot;
}
