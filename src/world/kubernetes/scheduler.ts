import { type Cluster, draw } from "./cluster.ts";
import { UsageCache } from "./node-usage.ts";
import { isTerminating, withCondition } from "./pod-state.ts";
import { allocatableOf } from "./resources.ts";
import { isResolvableByPreemption, prepareAttempt, type Rejection, rejectNode } from "./scheduler-filters.ts";
import { controllerUidOf } from "./store-index.ts";
import type { Node, Pod } from "./types.ts";

/** Plays kube-scheduler: binds pods without a node, and tries those that did not fit again after changes. */
export class Scheduler {
  private readonly cluster: Cluster;
  private readonly usages: UsageCache;
  /** UIDs of pods that fitted nowhere, oldest first. */
  private readonly unschedulable = new Set<string>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.usages = new UsageCache(cluster);
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
    const nodes = this.cluster.stores.nodes.all();
    const attempt = prepareAttempt(this.cluster, this.usages, pod);
    const rejections = nodes.map((node) => rejectNode(attempt, node));
    const candidates = nodes.filter((_node, index) => rejections[index]?.length === 0);
    const best = this.pick(pod, candidates);
    if (best === undefined) {
      this.unschedulable.add(uid);
      this.explain(pod, explainRejections(rejections));
      return;
    }
    this.unschedulable.delete(uid);
    this.bind(pod, best);
  }

  /** Fewest pods of the same owner, then most free cpu, then the fewest pods; ties by chance. */
  private pick(pod: Pod, candidates: readonly Node[]): Node | undefined {
    const siblings = this.siblingsByNode(pod);
    let best: { readonly node: Node; readonly score: readonly number[] } | undefined;
    for (const node of candidates) {
      const { name } = node.metadata;
      const usage = this.usages.of(name);
      const score = [
        siblings.get(name) ?? 0,
        usage.cpu / Math.max(1, allocatableOf(node).cpu),
        usage.pods.length,
        this.cluster.random.fraction(),
      ];
      if (best === undefined || isLower(score, best.score)) best = { node, score };
    }
    return best?.node;
  }

  /** Node name → pods of the same controller that stay there. */
  private siblingsByNode(pod: Pod): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const owner = controllerUidOf(pod);
    for (const sibling of owner === undefined ? [] : this.cluster.stores.pods.ownedBy(owner)) {
      const node = sibling.spec.nodeName;
      if (node !== undefined && !isTerminating(sibling)) counts.set(node, (counts.get(node) ?? 0) + 1);
    }
    return counts;
  }

  private bind(pod: Pod, node: Node): void {
    const scheduled = { type: "PodScheduled", status: "True" };
    this.cluster.stores.pods.put({
      ...pod,
      spec: { ...pod.spec, nodeName: node.metadata.name },
      status: {
        ...pod.status,
        conditions: withCondition(pod.status.conditions, scheduled, this.cluster.agenda.now),
      },
    });
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

function isLower(left: readonly number[], right: readonly number[]): boolean {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}

/** The scheduler's sentence. Source: framework.FitError.Error and preemption's Evaluator. */
function explainRejections(rejections: readonly Rejection[]): string {
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
