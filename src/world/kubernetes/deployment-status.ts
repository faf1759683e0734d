import { isEqualJson } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { maxUnavailable, type ReplicaSets, revisionAnnotation, totalReplicas } from "./deployment-sets.ts";
import type { Condition } from "./object-types.ts";
import { omitZeros } from "./omit-zeros.ts";
import { conditionOf } from "./pod-state.ts";
import type { Deployment, ReplicaSet, WorkloadStatus } from "./workload-types.ts";

/** What the apps/v1 API defaults to; this number means: no deadline. */
const noDeadline = 2_147_483_647;

export function deadlineOf({ spec }: Deployment): number | undefined {
  const seconds = spec.progressDeadlineSeconds ?? 600;
  return seconds === noDeadline ? undefined : seconds;
}

/** A condition stays as it was while status and reason do. Source: SetDeploymentCondition. */
export function withDeploymentCondition(
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: number,
): readonly Condition[] {
  const before = conditionOf(conditions, next.type);
  if (before?.status === next.status && before.reason === next.reason) return conditions ?? [];
  return replaceCondition(conditions, before, next, now);
}

function replaceCondition(
  conditions: readonly Condition[] | undefined,
  before: Condition | undefined,
  next: Condition,
  now: number,
): readonly Condition[] {
  const time = timestamp(now);
  const isSame = before?.status === next.status && before.lastTransitionTime !== undefined;
  const lastTransitionTime = isSame ? before.lastTransitionTime : time;
  const others = (conditions ?? []).filter(({ type }) => type !== next.type);
  return [...others, { ...next, lastUpdateTime: time, ...(lastTransitionTime && { lastTransitionTime }) }];
}

function progressing(status: string, reason: string, message: string): Condition {
  return { type: "Progressing", status, reason, message };
}

/** Writes the revision, and a Progressing condition if given; gives the Deployment as it is then. */
export function noteProgress(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  note: { readonly reason: string; readonly text: string } | undefined,
): Deployment {
  const { conditions: before } = deployment.status;
  const { annotations } = deployment.metadata;
  const revision = current.metadata.annotations?.[revisionAnnotation] ?? "1";
  const conditions =
    note === undefined || deadlineOf(deployment) === undefined
      ? before
      : withDeploymentCondition(
          before,
          progressing("True", note.reason, `${note.text} "${current.metadata.name}"`),
          cluster.agenda.now,
        );
  if (annotations?.[revisionAnnotation] === revision && conditions === before) return deployment;
  return cluster.stores.deployments.put({
    ...deployment,
    metadata: { ...deployment.metadata, annotations: { ...annotations, [revisionAnnotation]: revision } },
    status: { ...deployment.status, ...(conditions && { conditions }) },
  });
}

/** Says that a rollout is paused or goes on, so that no deadline runs meanwhile. Source: checkPausedConditions. */
export function notePause(cluster: Cluster, deployment: Deployment): Deployment {
  const before = conditionOf(deployment.status.conditions, "Progressing");
  if (deadlineOf(deployment) === undefined || before?.reason === "ProgressDeadlineExceeded")
    return deployment;
  const isPaused = deployment.spec.paused === true;
  if (isPaused === (before?.reason === "DeploymentPaused")) return deployment;
  const next = isPaused
    ? progressing("Unknown", "DeploymentPaused", "Deployment is paused")
    : progressing("Unknown", "DeploymentResumed", "Deployment is resumed");
  const conditions = withDeploymentCondition(deployment.status.conditions, next, cluster.agenda.now);
  return cluster.stores.deployments.put({ ...deployment, status: { ...deployment.status, conditions } });
}

/** Source: calculateStatus in deployment/sync.go. */
function countStatus(
  deployment: Deployment,
  { current, old }: ReplicaSets,
  now: number,
): WorkloadStatus & { readonly conditions: readonly Condition[] } {
  const all = current === undefined ? old : [...old, current];
  const sum = (read: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (read(set) ?? 0), 0);
  const availableReplicas = sum(({ status }) => status.availableReplicas);
  const { collisionCount } = deployment.status;
  const isEnough = availableReplicas >= deployment.spec.replicas - maxUnavailable(deployment);
  const available: Condition = isEnough
    ? {
        type: "Available",
        status: "True",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      }
    : {
        type: "Available",
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };
  return {
    ...omitZeros({
      observedGeneration: deployment.metadata.generation ?? 1,
      replicas: sum(({ status }) => status.replicas),
      updatedReplicas: current?.status.replicas ?? 0,
      readyReplicas: sum(({ status }) => status.readyReplicas),
      availableReplicas,
      unavailableReplicas: Math.max(0, totalReplicas(all) - availableReplicas),
    }),
    terminatingReplicas: sum(({ status }) => status.terminatingReplicas),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withDeploymentCondition(deployment.status.conditions, available, now),
  };
}

/** Is everything that is wanted updated and available? Source: DeploymentComplete. */
export function isComplete(deployment: Deployment, status: WorkloadStatus): boolean {
  const { replicas } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 1)
  );
}

function hasProgressed(before: WorkloadStatus, next: WorkloadStatus): boolean {
  const old = (status: WorkloadStatus): number => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(next) < old(before) ||
    (next.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** When the rollout is late, ms since epoch; undefined where no deadline runs. */
function lateAt(deployment: Deployment, condition: Condition | undefined): number | undefined {
  const seconds = deadlineOf(deployment);
  if (seconds === undefined || condition?.lastUpdateTime === undefined) return undefined;
  if (condition.reason === "NewReplicaSetAvailable" || condition.reason === "ProgressDeadlineExceeded") {
    return undefined;
  }
  return Date.parse(condition.lastUpdateTime) + seconds * 1000;
}

function progressOf(
  deployment: Deployment,
  status: WorkloadStatus,
  name: string,
  now: number,
): readonly Condition[] | undefined {
  const before = conditionOf(status.conditions, "Progressing");
  if (isComplete(deployment, status)) {
    const message = `${name} has successfully progressed.`;
    return withDeploymentCondition(
      status.conditions,
      progressing("True", "NewReplicaSetAvailable", message),
      now,
    );
  }
  if (hasProgressed(deployment.status, status)) {
    const next = progressing("True", "ReplicaSetUpdated", `${name} is progressing.`);
    return replaceCondition(status.conditions, before, next, now);
  }
  const late = lateAt(deployment, before);
  if (late === undefined || now <= late) return status.conditions;
  const message = `${name} has timed out progressing.`;
  return withDeploymentCondition(
    status.conditions,
    progressing("False", "ProgressDeadlineExceeded", message),
    now,
  );
}

/** Counts without judging progress: after scaling and while paused. */
export function writeCounts(cluster: Cluster, deployment: Deployment, sets: ReplicaSets): Deployment {
  return putStatus(cluster, deployment, countStatus(deployment, sets, cluster.agenda.now));
}

/** Counts, and says how the rollout goes on; gives when to look whether it is late, in ms. Source: syncRolloutStatus. */
export function writeRolloutStatus(
  cluster: Cluster,
  deployment: Deployment,
  sets: ReplicaSets,
): number | undefined {
  const { now } = cluster.agenda;
  const status = countStatus(deployment, sets, now);
  const before = conditionOf(status.conditions, "Progressing");
  const isOver =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && before?.reason === "NewReplicaSetAvailable";
  const name =
    sets.current === undefined
      ? `Deployment "${deployment.metadata.name}"`
      : `ReplicaSet "${sets.current.metadata.name}"`;
  const conditions =
    deadlineOf(deployment) === undefined
      ? status.conditions.filter(({ type }) => type !== "Progressing")
      : isOver
        ? status.conditions
        : (progressOf(deployment, status, name, now) ?? []);
  const told = withFailure(conditions, sets);
  const written = putStatus(cluster, deployment, { ...status, conditions: told });
  const late = lateAt(written, conditionOf(conditions, "Progressing"));
  if (late === undefined || isComplete(written, written.status)) return undefined;
  return Math.max(1000, late + 1000 - now);
}

/** What keeps a ReplicaSet from making pods, as long as it does; the current one's first. Source: getReplicaFailures. */
function withFailure(conditions: readonly Condition[], { current, old }: ReplicaSets): readonly Condition[] {
  const all = current === undefined ? old : [current, ...old];
  const found = all.flatMap(({ status }) => conditionOf(status.conditions, "ReplicaFailure") ?? [])[0];
  const before = conditionOf(conditions, "ReplicaFailure");
  if (found === undefined && before === undefined) return conditions;
  if (found !== undefined && before?.reason === found.reason) return conditions;
  const others = conditions.filter((one) => one !== before);
  if (found?.lastTransitionTime === undefined) return others;
  return [...others, { ...found, lastUpdateTime: found.lastTransitionTime }];
}

function putStatus(cluster: Cluster, deployment: Deployment, status: WorkloadStatus): Deployment {
  if (isEqualJson(deployment.status, status)) return deployment;
  return cluster.stores.deployments.put({ ...deployment, status });
}
