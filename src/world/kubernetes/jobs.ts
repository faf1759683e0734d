import { timestamp } from "../time.ts";
import { type Cluster, draw } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { createPod } from "./pod-factory.ts";
import { conditionOf, isActive, isFinished, isReady, isTerminating, withCondition } from "./pod-state.ts";
import type { Job, Pod } from "./types.ts";

/** What the Job controller remembers of its pods, by UID: each is counted once. */
interface Tally {
  readonly succeeded: Set<string>;
  readonly failed: Set<string>;
  /** ms since epoch. */
  lastFailure: number;
}

/** Plays the Job controller. An evicted pod counts as failed; above backoffLimit the whole Job fails. */
export class JobController {
  private readonly cluster: Cluster;
  private readonly tallies = new Map<string, Tally>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
    const { jobs, pods } = cluster.stores;
    jobs.log.observe(({ type, object, previous }) => {
      if (type === "DELETED") this.tallies.delete(object.metadata.uid);
      else if (object.spec !== previous?.spec) this.wake(object.metadata.uid);
    });
    pods.log.observe(({ object, type }) => {
      const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
      if (owner?.kind !== "Job") return;
      this.count(owner.uid, object, type === "DELETED");
      this.wake(owner.uid);
    });
  }

  private tally(uid: string): Tally {
    const known = this.tallies.get(uid);
    if (known !== undefined) return known;
    const tally = { succeeded: new Set<string>(), failed: new Set<string>(), lastFailure: 0 };
    this.tallies.set(uid, tally);
    return tally;
  }

  private count(job: string, pod: Pod, isGone: boolean): void {
    const tally = this.tally(job);
    const { uid } = pod.metadata;
    if (pod.status.phase === "Succeeded") tally.succeeded.add(uid);
    else if (pod.status.phase === "Failed" || isTerminating(pod) || isGone) {
      if (tally.failed.has(uid) || tally.succeeded.has(uid)) return;
      tally.failed.add(uid);
      tally.lastFailure = this.cluster.agenda.now;
    }
  }

  private wake(uid: string, delay = draw(this.cluster, this.cluster.timings.controllerMs)): void {
    this.cluster.agenda.once(`job/${uid}`, delay, () => {
      const job = this.cluster.stores.jobs.getByUid(uid);
      if (job !== undefined && job.metadata.deletionTimestamp === undefined) this.reconcile(job);
    });
  }

  private reconcile(job: Job): void {
    const tally = this.tally(job.metadata.uid);
    const active = this.cluster.stores.pods.ownedBy(job.metadata.uid).filter(isActive);
    const completions = job.spec.completions ?? 1;
    const isOver = ["Complete", "Failed"].some(
      (type) => conditionOf(job.status.conditions, type) !== undefined,
    );
    if (isOver) return;
    if (tally.failed.size > (job.spec.backoffLimit ?? 6)) {
      for (const pod of active) deletePod(this.cluster, pod);
      const message = "Job has reached the specified backoff limit";
      this.finish(job, { type: "Failed", reason: "BackoffLimitExceeded", message });
      return;
    }
    if (tally.succeeded.size >= completions) {
      this.finish(job, {
        type: "Complete",
        reason: "CompletionsReached",
        message: "Reached expected number of succeeded pods",
      });
      return;
    }
    if (job.spec.suspend === true) for (const pod of active) deletePod(this.cluster, pod);
    else this.startMissing(job, tally, active.length);
    this.writeStatus(job);
  }

  private startMissing(job: Job, tally: Tally, active: number): void {
    const remaining = (job.spec.completions ?? 1) - tally.succeeded.size;
    const missing = Math.min(job.spec.parallelism ?? 1, remaining) - active;
    if (missing <= 0) return;
    const wait = this.backoffEnd(tally) - this.cluster.agenda.now;
    if (wait > 0) {
      this.wake(job.metadata.uid, wait);
      return;
    }
    for (let index = 0; index < missing; index++) this.startPod(job);
  }

  private backoffEnd(tally: Tally): number {
    const { size } = tally.failed;
    if (size === 0) return 0;
    return tally.lastFailure + Math.min(360_000, this.cluster.timings.jobBackoffMs * 2 ** (size - 1));
  }

  private startPod(job: Job): void {
    const generateName = `${job.metadata.name}-`;
    const { template } = job.spec;
    createPod(this.cluster, job, {
      name: `${generateName}${this.cluster.random.suffix(5)}`,
      generateName,
      namespace: job.metadata.namespace ?? "default",
      template: { ...template, spec: { restartPolicy: "Never", ...template.spec } },
      labels: { "batch.kubernetes.io/job-name": job.metadata.name, "job-name": job.metadata.name },
    });
  }

  private finish(
    job: Job,
    condition: { readonly type: string; readonly reason: string; readonly message: string },
  ): void {
    const { now } = this.cluster.agenda;
    const conditions = withCondition(job.status.conditions, { ...condition, status: "True" }, now);
    const completion = condition.type === "Complete" ? { completionTime: timestamp(now) } : {};
    this.put(job, { ...this.countsOf(job), active: 0, ...completion, conditions });
  }

  private writeStatus(job: Job): void {
    const counts = this.countsOf(job);
    const { status } = job;
    const isSame =
      status.active === counts.active &&
      status.ready === counts.ready &&
      status.succeeded === counts.succeeded &&
      status.failed === counts.failed;
    if (!isSame) this.put(job, { ...status, ...counts });
  }

  private countsOf(job: Job): Required<Pick<Job["status"], "active" | "ready" | "succeeded" | "failed">> {
    const pods = this.cluster.stores.pods.ownedBy(job.metadata.uid);
    const active = pods.filter((pod) => isActive(pod) && !isFinished(pod));
    const tally = this.tally(job.metadata.uid);
    return {
      active: active.length,
      ready: active.filter(isReady).length,
      succeeded: tally.succeeded.size,
      failed: tally.failed.size,
    };
  }

  private put(job: Job, status: Job["status"]): void {
    const startTime = job.status.startTime ?? timestamp(this.cluster.agenda.now);
    this.cluster.stores.jobs.put({ ...job, status: { ...status, startTime } });
  }
}
