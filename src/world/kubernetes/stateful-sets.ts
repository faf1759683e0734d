import { isEqualJson } from "../json.ts";
import { syncClaimOwners } from "./claim-retention.ts";
import { type Cluster, draw } from "./cluster.ts";
import { forgetRevisions, type Revisions, syncRevisions, templateOf } from "./controller-revisions.ts";
import { omitZeros } from "./omit-zeros.ts";
import { availableAt, changesCounts, isAvailable, isFinished, isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { isNamespaceTerminating } from "./replica-sets.ts";
import { createOrdinal, deleteOrdinal, ordinalOf } from "./stateful-set-pods.ts";
import { controllerOf } from "./store-index.ts";
import type { ControllerRevision, StatefulSet, WorkloadStatus } from "./workload-types.ts";

/** Plays the StatefulSet controller: one pod an ordinal, in order or in parallel; rollouts from the highest ordinal down. */
export function runStatefulSets(cluster: Cluster): void {
  const { statefulsets, pods } = cluster.stores;
  statefulsets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wakeStatefulSet(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = controllerOf(object);
    if (owner?.kind === "StatefulSet") wakeStatefulSet(cluster, owner.uid);
  });
}

export function wakeStatefulSet(cluster: Cluster, uid: string): void {
  cluster.agenda.once(`statefulset/${uid}`, draw(cluster, cluster.timings.controllerMs), () => {
    const set = cluster.stores.statefulsets.getByUid(uid);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    if (cluster.held.has("statefulsets") || isNamespaceTerminating(cluster, set)) return;
    reconcile(cluster, set);
  });
}

/** One look at a StatefulSet. */
interface Look {
  readonly cluster: Cluster;
  readonly set: StatefulSet;
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly start: number;
}

function reconcile(cluster: Cluster, set: StatefulSet): void {
  const revisions = syncRevisions(cluster, set, "controller.kubernetes.io/hash");
  const { update } = revisions;
  const current =
    revisions.all.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
  const look = { cluster, set, current, update, start: set.spec.ordinals?.start ?? 0 };
  if (keepReplicas(look) && removeSurplus(look)) updateOne(look);
  writeStatus(look);
  forgetOld(cluster, set, revisions, current);
}

function podAt({ cluster, set }: Look, ordinal: number): Pod | undefined {
  return cluster.stores.pods.get(set.metadata.namespace, `${set.metadata.name}-${ordinal}`);
}

function isMonotonic({ set }: Look): boolean {
  return set.spec.podManagementPolicy !== "Parallel";
}

function isHealthy({ cluster, set }: Look, pod: Pod | undefined): boolean {
  if (pod === undefined || isTerminating(pod)) return false;
  return isAvailable(pod, set.spec.minReadySeconds ?? 0, cluster.agenda.now);
}

/** Creates what is missing; false where the next ordinal has to wait. Source: processReplica. */
function keepReplicas(look: Look): boolean {
  const { cluster, set, start } = look;
  for (let ordinal = start; ordinal < start + set.spec.replicas; ordinal++) {
    const pod = podAt(look, ordinal);
    if (pod === undefined) {
      const lookAgain = (): void => wakeStatefulSet(cluster, set.metadata.uid);
      if (!createOrdinal(cluster, set, ordinal, templateFor(look, ordinal), lookAgain)) return false;
    } else if (isFinished(pod) && !isTerminating(pod)) deleteOrdinal(cluster, set, pod);
    else syncClaimOwners(cluster, set, pod, false);
    if (isMonotonic(look) && !isHealthy(look, pod)) return false;
  }
  return true;
}

/** Below the partition pods keep the current revision. Source: newVersionedStatefulSetPod. */
function templateFor(
  { set, current, update, start }: Look,
  ordinal: number,
): Parameters<typeof createOrdinal>[3] {
  const isRolling = set.spec.updateStrategy?.type !== "OnDelete";
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const isUpdate = current === update || !isRolling || ordinal >= start + partition;
  const template = isUpdate ? set.spec.template : templateOf(current);
  return { template, revision: (isUpdate ? update : current).metadata.name };
}

/** Highest ordinal first, one at a time unless parallel; false while some are left. */
function removeSurplus(look: Look): boolean {
  const { cluster, set, start } = look;
  const surplus = cluster.stores.pods
    .ownedBy(set.metadata.uid)
    .filter(({ metadata }) => {
      const ordinal = ordinalOf(metadata.name);
      return ordinal < start || ordinal >= start + set.spec.replicas;
    })
    .toSorted((left, right) => ordinalOf(right.metadata.name) - ordinalOf(left.metadata.name));
  for (const pod of surplus) syncClaimOwners(cluster, set, pod, true);
  const firstUnhealthy = surplus.findLast((pod) => !isHealthy(look, pod));
  for (const pod of surplus) {
    if (isTerminating(pod)) {
      if (isMonotonic(look)) return false;
      continue;
    }
    if (isMonotonic(look) && !isHealthy(look, pod) && pod !== firstUnhealthy) return false;
    deleteOrdinal(cluster, set, pod);
    if (isMonotonic(look)) return false;
  }
  return true;
}

/** Deletes the highest pod of an older revision once all above it are up. */
function updateOne(look: Look): void {
  const { cluster, set, update, start } = look;
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  const lowest = start + (set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  for (let ordinal = start + set.spec.replicas - 1; ordinal >= lowest; ordinal--) {
    const pod = podAt(look, ordinal);
    if (pod !== undefined && revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) {
      deleteOrdinal(cluster, set, pod);
      return;
    }
    if (!isHealthy(look, pod)) return;
  }
}

function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.["controller-revision-hash"];
}

function writeStatus(look: Look): void {
  const { cluster, set, current, update } = look;
  const pods = cluster.stores.pods.ownedBy(set.metadata.uid);
  const { now } = cluster.agenda;
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  wakeWhenAvailable(cluster, set, pods);
  const standing = pods.filter((pod) => !isTerminating(pod));
  const ready = pods.filter((pod) => pod.status.phase === "Running" && isReady(pod));
  const updated = standing.filter((pod) => revisionOf(pod) === update.metadata.name).length;
  const isDone =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    [updated, ready.length, pods.length].every((count) => count === set.spec.replicas);
  const kept = standing.filter((pod) => revisionOf(pod) === current.metadata.name).length;
  const status: WorkloadStatus = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    collisionCount: set.status.collisionCount ?? 0,
    currentRevision: (isDone ? update : current).metadata.name,
    updateRevision: update.metadata.name,
    ...omitZeros({
      readyReplicas: ready.length,
      currentReplicas: isDone ? updated : kept,
      updatedReplicas: updated,
    }),
  };
  if (!isEqualJson(set.status, status)) cluster.stores.statefulsets.put({ ...set, status });
}

/** A pod ripens without any change of it: the next ordinal waits for that. */
function wakeWhenAvailable(cluster: Cluster, set: StatefulSet, pods: readonly Pod[]): void {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const { now } = cluster.agenda;
  const waiting = pods.find(
    (pod) => !isTerminating(pod) && isReady(pod) && !isAvailable(pod, minReadySeconds, now),
  );
  if (waiting === undefined) return;
  const delay = Math.max(1, availableAt(waiting, minReadySeconds) - now);
  cluster.agenda.once(`statefulset-available/${set.metadata.uid}`, delay, () =>
    wakeStatefulSet(cluster, set.metadata.uid),
  );
}

function forgetOld(
  cluster: Cluster,
  set: StatefulSet,
  revisions: Revisions,
  current: ControllerRevision,
): void {
  const limit = set.spec.revisionHistoryLimit ?? 10;
  if (revisions.all.length <= limit) return;
  const used = new Set(cluster.stores.pods.ownedBy(set.metadata.uid).map(revisionOf));
  const isLive = (one: ControllerRevision): boolean =>
    one === current || one === revisions.update || used.has(one.metadata.name);
  forgetRevisions(cluster, revisions, isLive, limit);
}
