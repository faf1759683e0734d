import type { Cluster } from "./cluster.ts";
import { isCountedFailure } from "./job-failure-policy.ts";
import { indexOf } from "./job-indexes.ts";
import type { Pod } from "./pod-types.ts";
import type { Job } from "./workload-types.ts";

/** Failures in a row, by which new pods are put off. */
interface Backoff {
  readonly failures: number;
  /** So many of them count. */
  readonly counted: number;
  /** ms since epoch. */
  readonly lastFailure: number;
}

/** Failures of an index: those that count, and those that a policy ignores. */
export interface IndexFailures {
  readonly counted: number;
  readonly ignored: number;
}

const longestBackoffMs = 600_000;

/** How long each Job, or each index of a Job, waits for its next pod. Source: pkg/controller/job backoff_utils. */
export class JobBackoffs {
  private readonly cluster: Cluster;
  private readonly ofJobs = new Map<string, Backoff>();
  private readonly ofIndexes = new Map<string, Map<number, Backoff>>();

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  forget(uid: string): void {
    this.ofJobs.delete(uid);
    this.ofIndexes.delete(uid);
  }

  /** These pods of a Job have ended; those of a Job that fails index by index are counted so. */
  note(job: Job, failed: readonly Pod[], succeeded: readonly Pod[]): void {
    const { uid } = job.metadata;
    const lastFailure = this.cluster.agenda.now;
    if (failed.length + succeeded.length === 0) return;
    if (job.spec.backoffLimitPerIndex === undefined) {
      const before = succeeded.length > 0 ? 0 : (this.ofJobs.get(uid)?.failures ?? 0);
      this.ofJobs.set(uid, { failures: before + failed.length, counted: 0, lastFailure });
      return;
    }
    const indexes = this.ofIndexes.get(uid) ?? new Map<number, Backoff>();
    this.ofIndexes.set(uid, indexes);
    for (const pod of failed) {
      const index = indexOf(pod);
      if (index === undefined) continue;
      const { failures, counted } = indexes.get(index) ?? { failures: 0, counted: 0 };
      const isCounted = isCountedFailure(job, pod);
      indexes.set(index, { failures: failures + 1, counted: counted + (isCounted ? 1 : 0), lastFailure });
    }
  }

  failuresOf(uid: string, index: number): IndexFailures {
    const { failures, counted } = this.ofIndexes.get(uid)?.get(index) ?? { failures: 0, counted: 0 };
    return { counted, ignored: failures - counted };
  }

  /** ms; 0: at once. */
  waitOf(uid: string, index?: number): number {
    const backoff = index === undefined ? this.ofJobs.get(uid) : this.ofIndexes.get(uid)?.get(index);
    if (backoff === undefined || backoff.failures === 0) return 0;
    const delay = this.cluster.timings.jobBackoffMs * 2 ** (backoff.failures - 1);
    return Math.max(0, backoff.lastFailure + Math.min(longestBackoffMs, delay) - this.cluster.agenda.now);
  }
}
