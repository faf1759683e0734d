import { isEqualJson } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { restartsOf } from "./container-states.ts";
import { judgeFailures } from "./job-failure-policy.ts";
import { indexStatus, type JobIndexes } from "./job-indexes.ts";
import type { Verdict } from "./job-verdict.ts";
import type { Condition } from "./object-types.ts";
import { omitZeros } from "./omit-zeros.ts";
import { conditionOf, withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import type { Job } from "./workload-types.ts";

export interface JobCounts {
  readonly active: number;
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  /** undefined: the Job is not indexed. */
  readonly indexes: JobIndexes | undefined;
}

export const reachedCompletions: Verdict = {
  type: "SuccessCriteriaMet",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

export function isJobOver({ status }: Job): boolean {
  return ["Complete", "Failed"].some((type) => conditionOf(status.conditions, type)?.status === "True");
}

/** The verdict of an earlier look, or one that follows from failures, policies and deadlines. */
export function judgeJob(job: Job, failed: number, pods: readonly Pod[], now: number): Verdict | undefined {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const known = conditionOf(job.status.conditions, type);
    if (known?.status === "True") return { type, reason: known.reason ?? "", message: known.message ?? "" };
  }
  const failing = judgeFailures(job, pods);
  if (failing !== undefined) return failing;
  const limit = job.spec.backoffLimit ?? 6;
  if (failed > limit || restartTooOften(job, pods, limit)) {
    const message = "Job has reached the specified backoff limit";
    return { type: "FailureTarget", reason: "BackoffLimitExceeded", message };
  }
  const deadline = deadlineOf(job);
  if (deadline === undefined || now < deadline) return undefined;
  const message = "Job was active longer than specified deadline";
  return { type: "FailureTarget", reason: "DeadlineExceeded", message };
}

/** When the Job has run too long, ms since epoch; undefined: never. */
export function deadlineOf({ spec, status }: Job): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend === true) return undefined;
  if (status.startTime === undefined) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000;
}

/** Restarts count where containers are restarted in place. Source: pastBackoffLimitOnFailure. */
function restartTooOften(job: Job, pods: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  const running = pods.filter(({ status }) => status.phase === "Running" || status.phase === "Pending");
  const restarts = running.reduce((sum, pod) => sum + restartsOf(pod), 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Suspended is said once it was suspended. Source: ensureJobConditionStatus. */
function withSuspension(job: Job, now: number): readonly Condition[] | undefined {
  const { conditions } = job.status;
  const known = conditionOf(conditions, "Suspended");
  const isSuspended = job.spec.suspend === true;
  if (known === undefined ? !isSuspended : (known.status === "True") === isSuspended) return conditions;
  const next = isSuspended
    ? { type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }
    : { type: "Suspended", status: "False", reason: "JobResumed", message: "Job resumed" };
  return withCondition(conditions, next, now);
}

/** Writes counts and conditions; the last condition comes only when no pod is left that still stops. */
export function writeJobStatus(
  cluster: Cluster,
  job: Job,
  counts: JobCounts,
  verdict: Verdict | undefined,
): Job {
  const { now } = cluster.agenda;
  const { active, ready, terminating, succeeded, failed } = counts;
  let conditions = verdict === undefined ? withSuspension(job, now) : job.status.conditions;
  if (verdict !== undefined) conditions = withCondition(conditions, { ...verdict, status: "True" }, now);
  const isOver = verdict !== undefined && terminating === 0 && active === 0;
  const isComplete = verdict?.type === "SuccessCriteriaMet";
  if (isOver) {
    const type = isComplete ? "Complete" : "Failed";
    conditions = withCondition(conditions, { ...verdict, type, status: "True" }, now);
  }
  const status: Job["status"] = {
    ...omitZeros({ active, succeeded, failed }),
    ...indexStatus(counts.indexes),
    ready,
    terminating,
    uncountedTerminatedPods: {},
    ...startOf(job, now),
    ...(isOver && isComplete ? { completionTime: timestamp(now) } : {}),
    ...(conditions === undefined ? {} : { conditions }),
  };
  return isEqualJson(job.status, status) ? job : cluster.stores.jobs.put({ ...job, status });
}

/** A suspended Job has no start; a resumed one starts anew. */
function startOf(job: Job, now: number): { readonly startTime?: string } {
  const { startTime } = job.status;
  if (job.spec.suspend === true) return {};
  return { startTime: startTime ?? timestamp(now) };
}
