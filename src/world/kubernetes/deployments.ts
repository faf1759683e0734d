import { type Cluster, storeOf } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import { isScaling, scaleByShare } from "./deployment-scaling.ts";
import {
  allowedReplicas,
  createReplicaSet,
  isRollingUpdate,
  maxUnavailable,
  type ReplicaSets,
  replicaSetsOf,
  revisionOf,
  scaleSet,
  syncCurrent,
  totalReplicas,
} from "./deployment-sets.ts";
import { isComplete, notePause, noteProgress, writeCounts, writeRolloutStatus } from "./deployment-status.ts";
import { conditionOf, isFinished } from "./pod-state.ts";
import { isNamespaceTerminating } from "./replica-sets.ts";
import { controllerOf } from "./store-index.ts";
import type { Deployment, ReplicaSet } from "./workload-types.ts";

/** Plays the Deployment controller: one ReplicaSet a template, rollouts, revisions, the status. */
export function runDeployments(cluster: Cluster): void {
  const { deployments, replicasets, pods } = cluster.stores;
  deployments.log.observe(({ type, object, previous }) => {
    if (type === "DELETED") {
      cluster.agenda.cancel(`deployment-deadline/${object.metadata.uid}`);
      return;
    }
    const isSame =
      object.spec === previous?.spec && object.metadata.annotations === previous.metadata.annotations;
    if (!isSame) wake(cluster, object.metadata.uid);
  });
  replicasets.log.observe(({ object }) => {
    const owner = controllerOf(object);
    if (owner?.kind === "Deployment") wake(cluster, owner.uid);
  });
  pods.log.observe(({ type, object }) => {
    if (type === "DELETED") wakeRecreation(cluster, object.metadata.ownerReferences?.[0]?.uid);
  });
}

/** A Deployment that recreates waits for the last old pod to be gone. */
function wakeRecreation(cluster: Cluster, owner: string | undefined): void {
  const set = owner === undefined ? undefined : cluster.stores.replicasets.getByUid(owner);
  const uid = set?.metadata.ownerReferences?.[0]?.uid;
  const deployment = uid === undefined ? undefined : cluster.stores.deployments.getByUid(uid);
  if (deployment !== undefined && !isRollingUpdate(deployment)) wake(cluster, deployment.metadata.uid);
}

function wake(cluster: Cluster, uid: string, key = "deployment", delay = 10): void {
  cluster.agenda.once(`${key}/${uid}`, delay, () => {
    const deployment = cluster.stores.deployments.getByUid(uid);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
    if (!isNamespaceTerminating(cluster, deployment)) reconcile(cluster, deployment);
  });
}

function reconcile(cluster: Cluster, found: Deployment): void {
  const deployment = notePause(cluster, found);
  const known = replicaSetsOf(cluster, deployment);
  if (deployment.spec.paused === true || isScaling(deployment, known)) {
    resize(cluster, deployment, known);
  } else if (isRollingUpdate(deployment)) {
    const { sets, noted } = withCurrent(cluster, deployment, known);
    rollOver(cluster, noted, sets);
    finish(cluster, noted);
  } else recreate(cluster, deployment, known);
}

function resize(cluster: Cluster, deployment: Deployment, known: ReplicaSets): void {
  const { current, old } = known;
  const synced = current === undefined ? undefined : syncCurrent(cluster, deployment, current, old);
  scaleByShare(cluster, deployment, { current: synced, old });
  if (deployment.spec.paused === true) forgetHistory(cluster, deployment, old);
  writeCounts(cluster, deployment, replicaSetsOf(cluster, deployment));
}

interface Noted {
  readonly sets: { readonly current: ReplicaSet; readonly old: readonly ReplicaSet[] };
  readonly noted: Deployment;
}

/** The ReplicaSets, the current one made or brought up to date, and the Deployment that knows of it. */
function withCurrent(cluster: Cluster, deployment: Deployment, { current, old }: ReplicaSets): Noted {
  if (current === undefined) {
    const made = createReplicaSet(cluster, deployment, old);
    const note = { reason: "NewReplicaSetCreated", text: "Created new replica set" };
    return { sets: { current: made, old }, noted: noteProgress(cluster, deployment, made, note) };
  }
  const synced = syncCurrent(cluster, deployment, current, old);
  const isNoted = conditionOf(deployment.status.conditions, "Progressing") !== undefined;
  const note = isNoted ? undefined : { reason: "FoundNewReplicaSet", text: "Found new replica set" };
  return { sets: { current: synced, old }, noted: noteProgress(cluster, deployment, synced, note) };
}

/** One move of a rolling update: up as far as maxSurge allows, else down as far as maxUnavailable allows. */
function rollOver(cluster: Cluster, deployment: Deployment, { current, old }: Noted["sets"]): void {
  const wanted = deployment.spec.replicas;
  const own = current.spec.replicas;
  const next = own > wanted ? wanted : allowedReplicas(deployment, [...old, current], own);
  if (own !== wanted && scaleSet(cluster, deployment, current, next)) return;
  const active = old.filter(({ spec }) => spec.replicas > 0);
  if (active.length > 0) shrinkOld(cluster, deployment, current, active);
}

/** Unhealthy pods of old ReplicaSets first, then as many as are more than needed. Source: reconcileOldReplicaSets. */
function shrinkOld(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const floor = deployment.spec.replicas - maxUnavailable(deployment);
  const unavailable = current.spec.replicas - (current.status.availableReplicas ?? 0);
  const most = totalReplicas([...old, current]) - floor - unavailable;
  if (most <= 0) return;
  let unhealthy = most;
  const left = old.map((set) => {
    const drop = Math.max(
      0,
      Math.min(unhealthy, set.spec.replicas - (set.status.availableReplicas ?? 0), set.spec.replicas),
    );
    unhealthy -= drop;
    return set.spec.replicas - drop;
  });
  const available = [...old, current].reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
  let spare = Math.max(0, available - floor);
  for (const [index, set] of old.entries()) {
    const size = left[index] ?? 0;
    const drop = Math.min(spare, size);
    spare -= drop;
    scaleSet(cluster, deployment, set, size - drop);
  }
}

function recreate(cluster: Cluster, deployment: Deployment, { current, old }: ReplicaSets): void {
  const synced = current === undefined ? undefined : syncCurrent(cluster, deployment, current, old);
  const scaled = old.filter((set) => scaleSet(cluster, deployment, set, 0));
  if (scaled.length > 0 || old.some((set) => runsPods(cluster, set))) {
    finish(cluster, deployment);
    return;
  }
  const { sets, noted } = withCurrent(cluster, deployment, { current: synced, old });
  scaleSet(cluster, noted, sets.current, deployment.spec.replicas);
  finish(cluster, noted);
}

function runsPods(cluster: Cluster, set: ReplicaSet): boolean {
  if ((set.status.replicas ?? 0) > 0) return true;
  return cluster.stores.pods.ownedBy(set.metadata.uid).some((pod) => !isFinished(pod));
}

function finish(cluster: Cluster, deployment: Deployment): void {
  const sets = replicaSetsOf(cluster, deployment);
  const { uid } = deployment.metadata;
  const deadline = writeRolloutStatus(cluster, deployment, sets);
  const { status } = cluster.stores.deployments.getByUid(uid) ?? deployment;
  if (isComplete(deployment, status)) forgetHistory(cluster, deployment, sets.old);
  if (deadline === undefined) cluster.agenda.cancel(`deployment-deadline/${uid}`);
  else wake(cluster, uid, "deployment-deadline", deadline);
}

/** Deletes the oldest ReplicaSets without pods beyond revisionHistoryLimit. */
function forgetHistory(cluster: Cluster, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const surplus = old.length - (deployment.spec.revisionHistoryLimit ?? 10);
  if (surplus <= 0) return;
  const oldest = old.toSorted((left, right) => revisionOf(left) - revisionOf(right)).slice(0, surplus);
  for (const set of oldest) {
    const isSeen = (set.metadata.generation ?? 1) <= (set.status.observedGeneration ?? 0);
    if ((set.status.replicas ?? 0) !== 0 || set.spec.replicas !== 0 || !isSeen) continue;
    const left = storeOf(cluster, "replicasets").getByUid(set.metadata.uid);
    if (left !== undefined) deleteObject(cluster, "replicasets", left);
  }
}
