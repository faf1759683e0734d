import type { Cluster } from "./cluster.ts";
import { indexOf } from "./job-indexes.ts";
import type { Pod } from "./pod-types.ts";

/** Failures in a row, by which new pods are put off. */
interface Backoff {
  readonly failures: number;
  /** ms since epoch. */
  readonly lastFailure: number;
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
  note(uid: string, failed: readonly Pod[], succeeded: readonly Pod[], isByIndex: boolean): void {
    const lastFailure = this.cluster.agenda.now;
    if (failed.length + succeeded.length === 0) return;
    if (!isByIndex) {
      const before = succeeded.length > 0 ? 0 : (this.ofJobs.get(uid)?.failures ?? 0);
      this.ofJobs.set(uid, { failures: before + failed.length, lastFailure });
      return;
    }
    const indexes = this.ofIndexes.get(uid) ?? new Map<number, Backoff>();
    this.ofIndexes.set(uid, indexes);
    for (const pod of failed) {
      const index = indexOf(pod);
      if (index !== undefined) indexes.set(index, { failures: this.failuresOf(uid, index) + 1, lastFailure });
    }
  }

  failuresOf(uid: string, index: number): number {
    return this.ofIndexes.get(uid)?.get(index)?.failures ?? 0;
  }

  /** ms; 0: at once. */
  waitOf(uid: string, index?: number): number {
    const backoff = index === undefined ? this.ofJobs.get(uid) : this.ofIndexes.get(uid)?.get(index);
    if (backoff === undefined || backoff.failures === 0) return 0;
    const delay = this.cluster.timings.jobBackoffMs * 2 ** (backoff.failures - 1);
    return Math.max(0, backoff.lastFailure + Math.min(longestBackoffMs, delay) - this.cluster.agenda.now);
  }
}
