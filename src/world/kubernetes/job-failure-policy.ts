import { valueAt } from "../json.ts";
import { hasFailed } from "./job-pods.ts";
import type { Verdict } from "./job-verdict.ts";
import type { Pod } from "./pod-types.ts";
import type { Job, PodFailureRule } from "./workload-types.ts";

/** What a Job's failure policy says of a failed pod. */
interface Ruling {
  readonly action: string;
  /** Why the Job is to fail, where the action is FailJob. */
  readonly message: string;
}

/** By the first rule that matches; undefined: none does, and the failure counts. Source: matchPodFailurePolicy. */
function rulingOn({ spec }: Job, pod: Pod): Ruling | undefined {
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const found = rule.onExitCodes === undefined ? byCondition(rule, pod) : byExitCode(rule, pod);
    if (found === undefined) continue;
    return { action: rule.action, message: `${found} matching ${rule.action} rule at index ${index}` };
  }
  return undefined;
}

function byExitCode({ onExitCodes }: PodFailureRule, pod: Pod): string | undefined {
  const { namespace, name } = pod.metadata;
  for (const status of pod.status.containerStatuses ?? []) {
    const code = valueAt(status, "state", "terminated", "exitCode");
    const container = valueAt(status, "name");
    if (typeof code !== "number" || code === 0 || onExitCodes === undefined) continue;
    if (onExitCodes.containerName !== undefined && onExitCodes.containerName !== container) continue;
    if (onExitCodes.values.includes(code) !== (onExitCodes.operator === "In")) continue;
    return `Container ${String(container)} for pod ${namespace}/${name} failed with exit code ${code}`;
  }
  return undefined;
}

function byCondition({ onPodConditions = [] }: PodFailureRule, pod: Pod): string | undefined {
  const found = pod.status.conditions?.find(({ type, status }) =>
    onPodConditions.some((pattern) => pattern.type === type && (pattern.status ?? "True") === status),
  );
  const { namespace, name } = pod.metadata;
  return found === undefined ? undefined : `Pod ${namespace}/${name} has condition ${found.type}`;
}

/** Whether a failed pod counts, towards the limits too. */
export function isCountedFailure(job: Job, pod: Pod): boolean {
  return rulingOn(job, pod)?.action !== "Ignore";
}

/** Whether a failed pod fails its index at once, however often that may be tried. */
export function failsIndex(job: Job, pod: Pod): boolean {
  return rulingOn(job, pod)?.action === "FailIndex";
}

/** Why the Job fails because of one of its pods; undefined: it does not. Source: getFailJobMessage. */
export function judgeFailures(job: Job, pods: readonly Pod[]): Verdict | undefined {
  if (job.spec.podFailurePolicy === undefined) return undefined;
  for (const pod of pods) {
    const ruling = hasFailed(pod, job) ? rulingOn(job, pod) : undefined;
    if (ruling?.action !== "FailJob") continue;
    return { type: "FailureTarget", reason: "PodFailurePolicy", message: ruling.message };
  }
  return undefined;
}
