import { type Cluster, draw } from "./cluster.ts";
import { settledPod } from "./kubelet.ts";
import type { Place } from "./node-classes.ts";
import { isTerminating, withCondition } from "./pod-state.ts";
import {
  type Attempt,
  isResolvableByPreemption,
  type Placements,
  prepareAttempt,
  type Rejection,
  rejectPlace,
  watchPlacements,
} from "./scheduler-filters.ts";
import { controllerUidOf } from "./store-index.ts";
import type { Node, Pod } from "./types.ts";

/** Plays kube-scheduler: binds pods without a node, and tries those that did not fit again after changes. */
export class Scheduler {
  private readonly cluster: Cluster;
  private readonly placements: Placements;
  /** Where the next search begins among the nodes of a large cluster. */
  private start = 0;
  /** UIDs of pods that fitted nowhere, oldest first. */
  private readonly unschedulable = new Set<string>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.placements = watchPlacements(cluster);
    const { pods, nodes, persistentvolumeclaims } = cluster.stores;
    pods.log.observe((entry) => {
      if (entry.type === "DELETED") {
        this.unschedulable.delete(entry.object.metadata.uid);
        this.retrySoon();
      } else if (entry.type === "ADDED" && entry.object.spec.nodeName === undefined) {
        this.enqueue(entry.object);
      } else if (entry.object.status.phase !== entry.previous?.status.phase) this.retrySoon();
    });
    nodes.log.observe((entry) => {
      if (
        entry.object.spec !== entry.previous?.spec ||
        entry.object.metadata.labels !== entry.previous?.metadata.labels
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
      for (const uid of [...this.unschedulable]) this.attempt(uid);
    });
  }

  private enqueue(pod: Pod): void {
    const { uid } = pod.metadata;
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
      const { places, passedOver } = attempt.nodeClass;
      const rejections = places.map((place) => rejectPlace(attempt, place));
      this.explain(pod, explainRejections(rejections, passedOver));
      return;
    }
    this.unschedulable.delete(uid);
    this.cluster.stores.pods.put(this.bound(pod, best));
  }

  /**
   * The best node that fits, of a small cluster among all, of a large one among a part, each time from where
   * the last search ended: fewest pods of the same owner, then most free cpu, then the fewest pods; ties by chance.
   */
  private search(attempt: Attempt, least = 100): Node | undefined {
    const { fitting } = attempt.nodeClass;
    const siblings = this.placements.counts.siblingsOf(controllerUidOf(attempt.pod));
    let best: Candidate | undefined;
    let enough = enoughNodes(fitting.length, least);
    let looked = 0;
    for (; looked < fitting.length && enough > 0; looked++) {
      const place = fitting[(this.start + looked) % fitting.length];
      if (place === undefined || rejectPlace(attempt, place).length > 0) continue;
      enough -= 1;
      const near = siblings.get(place.node.metadata.name) ?? 0;
      if (best !== undefined && near > best.siblings) continue;
      const candidate = weigh(place, near, this.cluster.random.fraction());
      if (best === undefined || isBetter(candidate, best)) best = candidate;
    }
    if (fitting.length > 100) this.start += looked;
    return best?.node;
  }

  /** While a world is made: a new pod as it is when it has long been running, where it fits somewhere. */
  settle(pod: Pod): Pod {
    if (pod.spec.nodeName !== undefined) return settledPod(this.cluster, pod);
    const best = this.search(prepareAttempt(this.cluster, this.placements, pod), 20);
    return best === undefined ? pod : settledPod(this.cluster, this.bound(pod, best));
  }

  private bound(pod: Pod, node: Node): Pod {
    const scheduled = { type: "PodScheduled", status: "True" };
    return {
      ...pod,
      spec: { ...pod.spec, nodeName: node.metadata.name },
      status: {
        ...pod.status,
        conditions: withCondition(pod.status.conditions, scheduled, this.cluster.agenda.now),
      },
    };
  }

  private explain(pod: Pod, message: string): void {
    const before = pod.status.conditions?.find((condition) => condition.type === "PodScheduled");
    if (before?.message === message) return;
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message };
    this.cluster.stores.pods.put({
      ...pod,
      status: {
        ...pod.status,
        conditions: withCondition(pod.status.conditions, condition, this.cluster.agenda.now),
      },
    });
  }
}

/** Source: kube-scheduler's numFeasibleNodesToFind, with percentageOfNodesToScore at its least, 5. */
function enoughNodes(all: number, least: number): number {
  return all < 100 ? all : Math.max(least, Math.floor(all / 20));
}

/** A node that fits, and what speaks for it: less of each is better, the first difference decides. */
interface Candidate {
  readonly node: Node;
  readonly siblings: number;
  readonly load: number;
  readonly pods: number;
  readonly lot: number;
}

function weigh({ node, usage }: Place, siblings: number, lot: number): Candidate {
  return {
    node,
    siblings,
    load: usage.cpu / Math.max(1, usage.allocatable.cpu),
    pods: usage.count,
    lot,
  };
}

function isBetter(left: Candidate, right: Candidate): boolean {
  if (left.siblings !== right.siblings) return left.siblings < right.siblings;
  if (left.load !== right.load) return left.load < right.load;
  if (left.pods !== right.pods) return left.pods < right.pods;
  return left.lot < right.lot;
}

/** The scheduler's sentence. Source: framework.FitError.Error and preemption's Evaluator. */
function explainRejections(looked: readonly Rejection[], passedOver: number): string {
  const others = Array.from({ length: passedOver }, () => [
    "node(s) didn't satisfy plugin(s) [NodeAffinity]",
  ]);
  const rejections = [...looked, ...others];
  if (rejections.length === 0) return "no nodes available to schedule pods";
  const total = rejections.length;
  const helpless = rejections.filter((rejection) => !isResolvableByPreemption(rejection)).length;
  const preemption = [
    ...(helpless > 0 ? [`${helpless} Preemption is not helpful for scheduling`] : []),
    ...(total > helpless ? [`${total - helpless} No preemption victims found for incoming pod`] : []),
  ];
  return `0/${total} nodes are available: ${histogram(rejections.flat())}. preemption: 0/${total} nodes are available: ${preemption.join(", ")}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
