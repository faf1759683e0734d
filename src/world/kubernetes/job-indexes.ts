import { indexesText, parseIndexes } from "./index-list.ts";
import { failsIndex, isCountedFailure } from "./job-failure-policy.ts";
import { hasFailed, isUncounted, replacesOnlyFailed } from "./job-pods.ts";
import type { Verdict } from "./job-verdict.ts";
import { isActive, isFinished, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import type { Job } from "./workload-types.ts";

/** Annotation and label of a pod of an indexed Job. */
export const indexKey = "batch.kubernetes.io/job-completion-index";
/** How many pods of its index had failed before this one. */
export const failureCountKey = "batch.kubernetes.io/job-index-failure-count";

export const ignoredCountKey = "batch.kubernetes.io/job-index-ignored-failure-count";

/** Which indexes of a Job are done. */
export interface JobIndexes {
  readonly succeeded: ReadonlySet<number>;
  /** undefined: the Job does not fail index by index. */
  readonly failed: ReadonlySet<number> | undefined;
}

/** undefined: it has none. */
export function indexOf({ metadata }: Pod): number | undefined {
  const text = metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function indexesAmong(pods: readonly Pod[]): readonly number[] {
  return pods.flatMap((pod) => indexOf(pod) ?? []);
}

/** What was known, and what pods say that are not counted yet; undefined: the Job is not indexed. */
export function indexesOf(job: Job, pods: readonly Pod[]): JobIndexes | undefined {
  const { completionMode, completions = 0, backoffLimitPerIndex: limit } = job.spec;
  if (completionMode !== "Indexed") return undefined;
  const fresh = pods.filter((pod) => isUncounted(pod) && (indexOf(pod) ?? completions) < completions);
  const done = fresh.filter(({ status }) => status.phase === "Succeeded");
  const succeeded = parseIndexes(job.status.completedIndexes, completions);
  const known = { succeeded: new Set([...succeeded, ...indexesAmong(done)]), failed: undefined };
  if (limit === undefined) return known;
  const lost = fresh.filter(
    (pod) =>
      hasFailed(pod, job) &&
      (failsIndex(job, pod) || (isCountedFailure(job, pod) && failuresBefore(pod) >= limit)),
  );
  const failed = parseIndexes(job.status.failedIndexes, completions);
  return { ...known, failed: new Set([...failed, ...indexesAmong(lost)]) };
}

function failuresBefore({ metadata }: Pod): number {
  return Number(metadata.annotations?.[failureCountKey] ?? 0);
}

/** What follows from the indexes that failed or succeeded. Source: syncJob, matchSuccessPolicy. */
export function judgeIndexes(job: Job, indexes: JobIndexes | undefined): Verdict | undefined {
  if (indexes === undefined) return undefined;
  const { succeeded, failed } = indexes;
  const { completions = 0, maxFailedIndexes } = job.spec;
  const lost = failed?.size ?? 0;
  if (maxFailedIndexes !== undefined && lost > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { type: "FailureTarget", reason: "MaxFailedIndexesExceeded", message };
  }
  if (lost > 0 && lost + succeeded.size >= completions) {
    return { type: "FailureTarget", reason: "FailedIndexes", message: "Job has failed indexes" };
  }
  const rule = (job.spec.successPolicy?.rules ?? []).findIndex((one) => isMet(one, succeeded, completions));
  if (rule < 0 || succeeded.size === 0) return undefined;
  return { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
}

type SuccessRule = NonNullable<Job["spec"]["successPolicy"]>["rules"][number];

function isMet(
  { succeededIndexes, succeededCount }: SuccessRule,
  succeeded: ReadonlySet<number>,
  completions: number,
): boolean {
  const isEnough = (count: number): boolean => succeededCount !== undefined && count >= succeededCount;
  if (succeededIndexes === undefined) return isEnough(succeeded.size);
  const wanted = parseIndexes(succeededIndexes, completions);
  if (wanted.size === 0) return false;
  const count = [...wanted].filter((index) => succeeded.has(index)).length;
  return count === wanted.size || isEnough(count);
}

/** Active pods beside another of the same index, or of none that is wanted. Source: appendDuplicatedIndexPodsForRemoval. */
export function needlessPods(job: Job, active: readonly Pod[]): readonly Pod[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0) || seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

/** The lowest indexes that nobody works on and that are not done, at most `count`. Source: firstPendingIndexes. */
export function pendingIndexes(
  job: Job,
  pods: readonly Pod[],
  { succeeded, failed }: JobIndexes,
  count: number,
): readonly number[] {
  const stopping = replacesOnlyFailed(job)
    ? pods.filter((pod) => isTerminating(pod) && !isFinished(pod))
    : [];
  const taken = new Set(indexesAmong([...pods.filter(isActive), ...stopping]));
  const found: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && found.length < count; index++) {
    if (!taken.has(index) && !succeeded.has(index) && failed?.has(index) !== true) found.push(index);
  }
  return found;
}

/** The members of a Job's status that tell of indexes. */
export function indexStatus(
  indexes: JobIndexes | undefined,
): Pick<Job["status"], "completedIndexes" | "failedIndexes"> {
  if (indexes === undefined) return {};
  const completedIndexes = indexesText(indexes.succeeded);
  return {
    ...(completedIndexes === "" ? {} : { completedIndexes }),
    ...(indexes.failed === undefined ? {} : { failedIndexes: indexesText(indexes.failed) }),
  };
}
