import { type Cluster, draw, tell } from "./cluster.ts";
import { deleteObject } from "./deletion.ts";
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
  type Verdict,
  writeJobStatus,
} from "./job-status.ts";
import { isActive, isFinished, isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { isNamespaceTerminating } from "./replica-sets.ts";
import { controllerOf } from "./store-index.ts";
import type { Job } from "./workload-types.ts";

/** Failures in a row, by which new pods are put off. */
interface Backoff {
  readonly failures: number;
  /** ms since epoch. */
  readonly lastFailure: number;
}

const longestBackoffMs = 600_000;

/**
 * Plays the Job controller and the one that removes finished Jobs. Each pod is counted once, by its
 * finalizer. Indexed Jobs and failure policies are not played.
 */
export class JobController {
  private readonly cluster: Cluster;
  private readonly backoffs = new Map<string, Backoff>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const { jobs, pods } = cluster.stores;
    jobs.log.observe(({ type, object, previous }) => {
      if (type === "DELETED") this.forget(object);
      else if (object.spec !== previous?.spec) this.wake(object.metadata.uid);
    });
    pods.log.observe(({ object }) => {
      const owner = controllerOf(object);
      if (owner?.kind === "Job") this.wake(owner.uid);
    });
  }

  /** Pods of a deleted Job are counted no more. */
  private forget({ metadata }: Job): void {
    this.backoffs.delete(metadata.uid);
    for (const key of ["job", "job-deadline", "job-ttl"])
      this.cluster.agenda.cancel(`${key}/${metadata.uid}`);
    for (const pod of this.cluster.stores.pods.ownedBy(metadata.uid)) releasePod(this.cluster, pod);
  }

  private wake(
    uid: string,
    delay = draw(this.cluster, this.cluster.timings.controllerMs),
    key = "job",
  ): void {
    this.cluster.agenda.once(`${key}/${uid}`, delay, () => {
      const job = this.cluster.stores.jobs.getByUid(uid);
      if (job !== undefined && job.metadata.deletionTimestamp === undefined) this.reconcile(job);
    });
  }

  private reconcile(job: Job): void {
    const { cluster } = this;
    const { now } = cluster.agenda;
    const pods = cluster.stores.pods.ownedBy(job.metadata.uid);
    if (isJobOver(job)) {
      for (const pod of pods) releasePod(cluster, pod);
      return;
    }
    const counted = pods.filter((pod) => isUncounted(pod) && (hasFailed(pod, job) || isSucceeded(pod)));
    const succeeded = (job.status.succeeded ?? 0) + counted.filter(isSucceeded).length;
    const failed = (job.status.failed ?? 0) + counted.filter((pod) => !isSucceeded(pod)).length;
    this.noteFailures(job, counted);
    const verdict = judgeJob(job, failed, pods, now);
    if (verdict === undefined) this.manage(job, pods, succeeded);
    else for (const pod of pods.filter(isActive)) deleteJobPod(cluster, job, pod);
    const counts = countPods(cluster.stores.pods.ownedBy(job.metadata.uid), succeeded, failed);
    const isDone = verdict === undefined && counts.active === 0 && succeeded >= wantedOf(job);
    const end = isDone ? reachedCompletions : verdict;
    const failing = end?.type === "FailureTarget" ? this.countStopped(job, counted, counts) : counts;
    this.finish(job, failing, end, counted);
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
    this.backoffs.delete(uid);
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
    const failures = counted.filter((pod) => !isSucceeded(pod)).length;
    if (counted.length === 0) return;
    const before = this.backoffs.get(job.metadata.uid)?.failures ?? 0;
    const base = failures < counted.length ? 0 : before;
    this.backoffs.set(job.metadata.uid, { failures: base + failures, lastFailure: this.cluster.agenda.now });
  }

  /** Starts what is missing and stops what is too much, which does not count as failed. Source: manageJob, deleteJobPods. */
  private manage(job: Job, pods: readonly Pod[], succeeded: number): void {
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
    const surplus = active.toSorted((left, right) => rank(left) - rank(right));
    for (const pod of surplus.slice(0, Math.max(0, active.length - wanted))) {
      releasePod(this.cluster, pod);
      deleteJobPod(this.cluster, job, this.cluster.stores.pods.getByUid(pod.metadata.uid) ?? pod);
    }
    const leaving = replacesOnlyFailed(job) ? pods.filter(isStopping).length : 0;
    const missing = wanted - leaving - active.length;
    if (missing <= 0) return;
    const wait = this.backoffEnd(job.metadata.uid) - this.cluster.agenda.now;
    if (wait > 0) this.wake(job.metadata.uid, wait);
    else for (let index = 0; index < missing; index++) startJobPod(this.cluster, job);
  }

  private backoffEnd(uid: string): number {
    const backoff = this.backoffs.get(uid);
    if (backoff === undefined || backoff.failures === 0) return 0;
    const delay = this.cluster.timings.jobBackoffMs * 2 ** (backoff.failures - 1);
    return backoff.lastFailure + Math.min(longestBackoffMs, delay);
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

function countPods(pods: readonly Pod[], succeeded: number, failed: number): JobCounts {
  const active = pods.filter(isActive);
  return {
    active: active.length,
    ready: active.filter(isReady).length,
    terminating: pods.filter(isStopping).length,
    succeeded,
    failed,
  };
}
