import { isEqualJson } from "../json.ts";
import { timestamp } from "../time.ts";
import { type Cluster, draw, tell } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import type { Condition, Resource } from "./object-types.ts";
import { omitZeros } from "./omit-zeros.ts";
import { createPod } from "./pod-factory.ts";
import { noteRefusal, refusalOf } from "./pod-refusals.ts";
import {
  availableAt,
  changesCounts,
  conditionOf,
  isActive,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
} from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { controllerOf } from "./store-index.ts";
import type { ReplicaSet, WorkloadStatus } from "./workload-types.ts";

/** Plays the ReplicaSet controller: keeps the number of active pods, and the status. */
export function runReplicaSets(cluster: Cluster): void {
  const { replicasets, pods } = cluster.stores;
  replicasets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wakeReplicaSet(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = controllerOf(object);
    if (owner?.kind === "ReplicaSet") wakeReplicaSet(cluster, owner.uid);
  });
}

export function wakeReplicaSet(cluster: Cluster, uid: string): void {
  cluster.agenda.once(`replicaset/${uid}`, draw(cluster, cluster.timings.controllerMs), () => {
    const set = cluster.stores.replicasets.getByUid(uid);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    if (cluster.held.has("replicasets")) return;
    reconcile(cluster, set);
  });
}

function reconcile(cluster: Cluster, set: ReplicaSet): void {
  const active = cluster.stores.pods.ownedBy(set.metadata.uid).filter(isActive);
  const missing = set.spec.replicas - active.length;
  const isFilled = missing > 0 && !isNamespaceTerminating(cluster, set);
  const refusal = isFilled ? refusedReplica(cluster, set) : undefined;
  if (isFilled && refusal === undefined) {
    for (let index = 0; index < missing; index++) createReplica(cluster, set);
  }
  if (missing < 0) removeSurplus(cluster, set, active, -missing);
  writeStatus(cluster, set, refusal);
}

/** Why no pod of this template can be made. One is tried before there are more. Source: slowStartBatch. */
function refusedReplica(cluster: Cluster, set: ReplicaSet): string | undefined {
  const { name, namespace = "default", uid } = set.metadata;
  const refusal = refusalOf(cluster, { namespace, name: `${name}-`, spec: set.spec.template.spec });
  if (refusal === undefined) return undefined;
  const message = `Error creating: ${refusal}`;
  const lookAgain = (): void => wakeReplicaSet(cluster, uid);
  noteRefusal(cluster, set, { component: "replicaset-controller", message, lookAgain });
  return refusal;
}

export function isNamespaceTerminating(cluster: Cluster, object: Resource): boolean {
  const namespace = cluster.stores.namespaces.get(undefined, object.metadata.namespace ?? "");
  return namespace?.metadata.deletionTimestamp !== undefined;
}

function createReplica(cluster: Cluster, set: ReplicaSet): void {
  const generateName = `${set.metadata.name}-`;
  const pod = createPod(cluster, set, {
    generateName,
    namespace: set.metadata.namespace ?? "default",
    template: set.spec.template,
  });
  const what = `Created pod: ${pod.metadata.name}`;
  tell(cluster, set, ["replicaset-controller", "Normal", "SuccessfulCreate"], what);
}

function removeSurplus(cluster: Cluster, set: ReplicaSet, active: readonly Pod[], surplus: number): void {
  const neighbours = new Map<string, number>();
  for (const { spec } of active) {
    if (spec.nodeName !== undefined) neighbours.set(spec.nodeName, (neighbours.get(spec.nodeName) ?? 0) + 1);
  }
  const ranks = new Map(active.map((pod) => [pod, deletionRank(pod, neighbours)]));
  const ranked = active.toSorted((left, right) => compareRanks(ranks.get(left), ranks.get(right)));
  for (const pod of ranked.slice(0, surplus)) {
    deletePod(cluster, pod);
    const what = `Deleted pod: ${pod.metadata.name}`;
    tell(cluster, set, ["replicaset-controller", "Normal", "SuccessfulDelete"], what);
  }
}

/**
 * The lowest goes first: unassigned, pending, not ready, of lower deletion cost, with more of its kind on
 * the node, ready for less long, younger. Source: controller.ActivePodsWithRanks.
 */
function deletionRank(pod: Pod, neighbours: ReadonlyMap<string, number>): readonly number[] {
  const { nodeName = "" } = pod.spec;
  const ready = conditionOf(pod.status.conditions, "Ready");
  const isPodReady = ready?.status === "True";
  const cost = Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0);
  return [
    nodeName === "" ? 0 : 1,
    pod.status.phase === "Running" ? 1 : 0,
    isPodReady ? 1 : 0,
    cost,
    -(neighbours.get(nodeName) ?? 0),
    isPodReady ? -Date.parse(ready.lastTransitionTime ?? "") || 0 : 0,
    -Date.parse(pod.metadata.creationTimestamp),
  ];
}

function compareRanks(left: readonly number[] = [], right: readonly number[] = []): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value - other;
  }
  return 0;
}

function writeStatus(cluster: Cluster, set: ReplicaSet, refusal: string | undefined): void {
  const owned = cluster.stores.pods.ownedBy(set.metadata.uid);
  const pods = owned.filter(isActive);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const { now } = cluster.agenda;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, now));
  if (available.length < ready.length) {
    const next = Math.min(
      ...ready.map((pod) => availableAt(pod, minReadySeconds)).filter((time) => time > now),
    );
    cluster.agenda.once(`replicaset-available/${set.metadata.uid}`, Math.max(1, next - now), () =>
      wakeReplicaSet(cluster, set.metadata.uid),
    );
  }
  const status: WorkloadStatus = {
    replicas: pods.length,
    ...omitZeros({
      observedGeneration: set.metadata.generation ?? 1,
      fullyLabeledReplicas: pods.length,
      readyReplicas: ready.length,
      availableReplicas: available.length,
    }),
    terminatingReplicas: owned.filter((pod) => isTerminating(pod) && !isFinished(pod)).length,
    ...(refusal === undefined ? {} : { conditions: [failureOf(set, refusal, now)] }),
  };
  if (!isEqualJson(set.status, status)) cluster.stores.replicasets.put({ ...set, status });
}

/** Says what failed first as long as anything fails. Source: calculateStatus in replica_set_utils.go. */
function failureOf({ status }: ReplicaSet, message: string, now: number): Condition {
  const known = conditionOf(status.conditions, "ReplicaFailure");
  return (
    known ?? {
      type: "ReplicaFailure",
      status: "True",
      lastTransitionTime: timestamp(now),
      reason: "FailedCreate",
      message,
    }
  );
}
