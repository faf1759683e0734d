import { type Cluster, draw, tell } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
import { indexedDraft } from "./indexed-template.ts";
import { JobBackoffs } from "./job-backoff.ts";
import { isCountedFailure } from "./job-failure-policy.ts";
import { indexesOf, type JobIndexes, judgeIndexes, needlessPods, pendingIndexes } from "./job-indexes.ts";
import {
  deleteJobPod,
  hasFailed,
  isUncounted,
  releasePod,
  replacesOnlyFailed,
  startJobPod,
} from "./job-pods.ts";
import {
  deadlineOf,
  isJobOver,
  type JobCounts,
  judgeJob,
  reachedCompletions,
  writeJobStatus,
} from "./job-status.ts";
import type { Verdict } from "./job-verdict.ts";
import { noteRefusal, refusalOf } from "./pod-refusals.ts";
import { isActive, isFinished, isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { isNamespaceTerminating } from "./replica-sets.ts";
import { controllerOf } from "./store-index.ts";
import type { Job } from "./workload-types.ts";

/** Another controller's Job is left to it. Source: pkg/controller/job managedByExternalController. */
function isManagedElsewhere({ spec }: Job): boolean {
  const { managedBy = ownName } = spec;
  return managedBy !== ownName;
}

const ownName = "kubernetes.io/job-controller";

/**
 * Plays the Job controller and the one that removes finished Jobs. Each pod is counted once, by its
 * finalizer.
 */
export class JobController {
  private readonly cluster: Cluster;
  private readonly backoffs: JobBackoffs;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    this.backoffs = new JobBackoffs(cluster);
    const { jobs, pods } = cluster.stores;
    jobs.log.observe(({ type, object, previous }) => {
      const isEnding = object.metadata.deletionTimestamp !== previous?.metadata.deletionTimestamp;
      if (type === "DELETED") this.forget(object);
      else if (object.spec !== previous?.spec || isEnding) this.wake(object.metadata.uid);
    });
    pods.log.observe(({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "Job") this.wake(owner.uid);
    });
  }

  /** Pods of a deleted Job are counted no more. */
  private forget({ metadata }: Job): void {
    this.backoffs.forget(metadata.uid);
    for (const key of ["job", "job-deadline", "job-ttl"])
      this.cluster.agenda.cancel(`${key}/${metadata.uid}`);
    this.releaseAll({ metadata });
  }

  private releaseAll({ metadata }: Pick<Job, "metadata">): void {
    for (const pod of this.cluster.stores.pods.ownedBy(metadata.uid)) releasePod(this.cluster, pod);
  }

  private wake(
    uid: string,
    delay = draw(this.cluster, this.cluster.timings.controllerMs),
    key = "job",
  ): void {
    this.cluster.agenda.once(`${key}/${uid}`, delay, () => {
      const job = this.cluster.stores.jobs.getByUid(uid);
      if (job === undefined) return;
      // its pods end, counted or not: who deletes it waits for them. Source: canRemoveFinalizer
      if (job.metadata.deletionTimestamp !== undefined) this.releaseAll(job);
      else this.reconcile(job);
    });
  }

  private reconcile(job: Job): void {
    if (isManagedElsewhere(job)) return;
    const { cluster } = this;
    const { now } = cluster.agenda;
    const pods = cluster.stores.pods.ownedBy(job.metadata.uid);
    if (isJobOver(job)) {
      this.releaseAll(job);
      return;
    }
    const counted = pods.filter((pod) => isUncounted(pod) && (hasFailed(pod, job) || isSucceeded(pod)));
    const indexes = indexesOf(job, pods);
    const succeeded =
      indexes?.succeeded.size ?? (job.status.succeeded ?? 0) + counted.filter(isSucceeded).length;
    const lost = counted.filter((pod) => !isSucceeded(pod) && isCountedFailure(job, pod));
    const failed = (job.status.failed ?? 0) + lost.length;
    this.noteFailures(job, counted);
    const verdict = judgeJob(job, failed, pods, now) ?? judgeIndexes(job, indexes);
    if (verdict === undefined) this.manage(job, pods, succeeded, indexes);
    else this.stopPods(job, pods, verdict);
    const left = cluster.stores.pods.ownedBy(job.metadata.uid);
    const counts = countPods(left, succeeded, failed, indexes);
    const isDone = verdict === undefined && counts.active === 0 && succeeded >= wantedOf(job);
    const end = isDone ? reachedCompletions : verdict;
    const failing = end?.type === "FailureTarget" ? this.countStopped(job, counted, counts) : counts;
    this.finish(job, failing, end, counted);
  }

  /** What is stopped because enough has succeeded is not counted. */
  private stopPods(job: Job, pods: readonly Pod[], { type }: Verdict): void {
    for (const pod of pods.filter(isActive)) {
      if (type === "SuccessCriteriaMet") releasePod(this.cluster, pod);
      deleteJobPod(this.cluster, job, this.cluster.stores.pods.getByUid(pod.metadata.uid) ?? pod);
    }
  }

  /** Pods that are stopped because the Job fails count as failed too. Source: trackJobStatusAndRemoveFinalizers. */
  private countStopped(job: Job, counted: readonly Pod[], counts: JobCounts): JobCounts {
    const known = new Set(counted.map(({ metadata }) => metadata.uid));
    const stopped = this.cluster.stores.pods
      .ownedBy(job.metadata.uid)
      .filter((pod) => isUncounted(pod) && isTerminating(pod) && !known.has(pod.metadata.uid));
    for (const pod of stopped) releasePod(this.cluster, pod);
    return { ...counts, failed: counts.failed + stopped.length };
  }

  private finish(job: Job, counts: JobCounts, verdict: Verdict | undefined, counted: readonly Pod[]): void {
    const { cluster } = this;
    const { uid } = job.metadata;
    const written = writeJobStatus(cluster, job, counts, verdict);
    for (const pod of counted) releasePod(cluster, pod);
    if (!isJobOver(written)) {
      const deadline = deadlineOf(written);
      if (deadline !== undefined) this.wake(uid, Math.max(1, deadline - cluster.agenda.now), "job-deadline");
      return;
    }
    this.backoffs.forget(uid);
    cluster.agenda.cancel(`job-deadline/${uid}`);
    this.tellEnd(written, verdict);
    const ttl = job.spec.ttlSecondsAfterFinished;
    if (ttl === undefined) return;
    cluster.agenda.once(`job-ttl/${uid}`, ttl * 1000, () => {
      const left = cluster.stores.jobs.getByUid(uid);
      if (left !== undefined) deleteObject(cluster, "jobs", left);
    });
  }

  private tellEnd(job: Job, verdict: Verdict | undefined): void {
    if (verdict === undefined) return;
    if (verdict.type === "SuccessCriteriaMet") {
      tell(this.cluster, job, ["job-controller", "Normal", "Completed"], "Job completed");
    } else tell(this.cluster, job, ["job-controller", "Warning", verdict.reason], verdict.message);
  }

  private noteFailures(job: Job, counted: readonly Pod[]): void {
    const failed = counted.filter((pod) => !isSucceeded(pod));
    this.backoffs.note(job, failed, counted.filter(isSucceeded));
  }

  /** Starts what is missing and stops what is too much, which does not count as failed. Source: manageJob, deleteJobPods. */
  private manage(job: Job, pods: readonly Pod[], succeeded: number, indexes: JobIndexes | undefined): void {
    if (isNamespaceTerminating(this.cluster, job)) return;
    const active = pods.filter(isActive);
    const isSuspended = job.spec.suspend === true;
    const parallelism = job.spec.parallelism ?? 1;
    const isQueue = job.spec.completions === undefined && succeeded > 0;
    const wanted = isSuspended
      ? 0
      : isQueue
        ? active.length
        : Math.max(0, Math.min(parallelism, (job.spec.completions ?? Number.POSITIVE_INFINITY) - succeeded));
    const ranked = active.toSorted((left, right) => rank(left) - rank(right));
    const needless = indexes === undefined ? [] : needlessPods(job, ranked.toReversed());
    const surplus = [...new Set([...needless, ...ranked])];
    for (const pod of surplus.slice(0, Math.max(needless.length, active.length - wanted))) {
      releasePod(this.cluster, pod);
      deleteJobPod(this.cluster, job, this.cluster.stores.pods.getByUid(pod.metadata.uid) ?? pod);
    }
    const leaving = replacesOnlyFailed(job) ? pods.filter(isStopping).length : 0;
    const missing = wanted - leaving - active.length;
    // What is deleted and what is made do not go together. Source: manageJob.
    if (missing <= 0 || needless.length > 0) return;
    const wait = this.backoffs.waitOf(job.metadata.uid);
    if (wait > 0) this.wake(job.metadata.uid, wait);
    else if (this.isRefused(job)) return;
    else if (indexes !== undefined) this.startIndexes(job, pendingIndexes(job, pods, indexes, missing));
    else for (let index = 0; index < missing; index++) startJobPod(this.cluster, job);
  }

  private isRefused(job: Job): boolean {
    const { name, namespace = "default", uid } = job.metadata;
    const refusal = refusalOf(this.cluster, { namespace, name: `${name}-`, spec: job.spec.template.spec });
    if (refusal === undefined) return false;
    const message = `Error creating: ${refusal}`;
    const lookAgain = (): void => this.wake(uid);
    noteRefusal(this.cluster, job, { component: "job-controller", message, lookAgain });
    return true;
  }

  /** Those that need not wait; where all of them do, the Job is looked at again when the first need not. */
  private startIndexes(job: Job, indexes: readonly number[]): void {
    const { uid } = job.metadata;
    const isByIndex = job.spec.backoffLimitPerIndex !== undefined;
    const waits = indexes.map((index) => ({ index, wait: this.backoffs.waitOf(uid, index) }));
    for (const { index } of waits.filter(({ wait }) => wait === 0)) {
      const failures = isByIndex ? this.backoffs.failuresOf(uid, index) : undefined;
      startJobPod(this.cluster, job, indexedDraft(job, index, failures));
    }
    const later = waits.filter(({ wait }) => wait > 0).map(({ wait }) => wait);
    if (later.length > 0) this.wake(uid, Math.min(...later));
  }
}

function isSucceeded(pod: Pod): boolean {
  return pod.status.phase === "Succeeded";
}

function isStopping(pod: Pod): boolean {
  return isTerminating(pod) && !isFinished(pod);
}

/** Pods that have come less far go first. */
function rank(pod: Pod): number {
  if (pod.spec.nodeName === undefined) return 0;
  return pod.status.phase === "Running" ? (isReady(pod) ? 3 : 2) : 1;
}

/** Successes that complete the Job: one where it works off a queue. */
function wantedOf(job: Job): number {
  return job.spec.completions ?? 1;
}

function countPods(
  pods: readonly Pod[],
  succeeded: number,
  failed: number,
  indexes: JobIndexes | undefined,
): JobCounts {
  const active = pods.filter(isActive);
  return {
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter(isStopping).length,
    succeeded,
    failed,
    indexes,
  };
}
