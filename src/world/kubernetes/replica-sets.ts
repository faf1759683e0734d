import { type Cluster, draw } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { createPod } from "./pod-factory.ts";
import { availableAt, changesCounts, isActive, isAvailable, isReady } from "./pod-state.ts";
import type { Pod, ReplicaSet } from "./types.ts";

/** Plays the ReplicaSet controller: keeps the number of active pods, and the status. */
export function runReplicaSets(cluster: Cluster): void {
  const { replicasets, pods } = cluster.stores;
  replicasets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wakeReplicaSet(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
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
  if (missing > 0 && !isNamespaceTerminating(cluster, set)) {
    for (let index = 0; index < missing; index++) createReplica(cluster, set);
  }
  if (missing < 0) {
    const ranked = active.toSorted((left, right) => deletionRank(left) - deletionRank(right));
    for (const pod of ranked.slice(0, -missing)) deletePod(cluster, pod);
  }
  writeStatus(cluster, set);
}

export function isNamespaceTerminating(cluster: Cluster, object: ReplicaSet | Pod): boolean {
  const namespace = cluster.stores.namespaces.get(undefined, object.metadata.namespace ?? "");
  return namespace?.metadata.deletionTimestamp !== undefined;
}

function createReplica(cluster: Cluster, set: ReplicaSet): void {
  const generateName = `${set.metadata.name}-`;
  createPod(cluster, set, {
    name: `${generateName}${cluster.random.suffix(5)}`,
    generateName,
    namespace: set.metadata.namespace ?? "default",
    template: set.spec.template,
  });
}

/** Unassigned before pending before unready before ready. Source: controller.ActivePodsWithRanks. */
function deletionRank(pod: Pod): number {
  if (pod.spec.nodeName === undefined) return 0;
  if (pod.status.phase !== "Running") return 1;
  return isReady(pod) ? 3 : 2;
}

function writeStatus(cluster: Cluster, set: ReplicaSet): void {
  const pods = cluster.stores.pods.ownedBy(set.metadata.uid).filter(isActive);
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const { now } = cluster.agenda;
  const ready = pods.filter(isReady);
  const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, now));
  const waiting = ready.find((pod) => !isAvailable(pod, minReadySeconds, now));
  if (waiting !== undefined) {
    const delay = Math.max(1, availableAt(waiting, minReadySeconds) - now);
    cluster.agenda.once(`replicaset-available/${set.metadata.uid}`, delay, () =>
      wakeReplicaSet(cluster, set.metadata.uid),
    );
  }
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    fullyLabeledReplicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: available.length,
  };
  const before = set.status;
  if (
    before.observedGeneration === status.observedGeneration &&
    before.replicas === status.replicas &&
    before.readyReplicas === status.readyReplicas &&
    before.availableReplicas === status.availableReplicas
  ) {
    return;
  }
  cluster.stores.replicasets.put({ ...set, status });
}
