import { parseDuration, timestamp } from "../time.ts";
import type { LogEntry } from "./event-log.ts";
import type { Condition } from "./object-types.ts";
import type { Pod } from "./pod-types.ts";

/** Small questions about a pod that several controllers ask. */

export function conditionOf(
  conditions: readonly Condition[] | undefined,
  type: string,
): Condition | undefined {
  if (conditions === undefined) return undefined;
  for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isReady(pod: Pod): boolean {
  return conditionOf(pod.status.conditions, "Ready")?.status === "True";
}

export function isFinished(pod: Pod): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

/** Counts for its owner: neither finished nor on its way out. Source: controller.IsPodActive. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && !isTerminating(pod);
}

/** Ready for at least minReadySeconds. Source: podutil.IsPodAvailable. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  return isReady(pod) && availableAt(pod, minReadySeconds) <= now;
}

/** When a Ready pod becomes available, ms since epoch. */
export function availableAt(pod: Pod, minReadySeconds: number): number {
  if (minReadySeconds === 0) return 0;
  const since = conditionOf(pod.status.conditions, "Ready")?.lastTransitionTime;
  return (since === undefined ? 0 : Date.parse(since)) + minReadySeconds * 1000;
}

/** Sets one condition, keeping the transition time where the status stays. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  next: Condition,
  now: number,
): readonly Condition[] {
  const before = conditionOf(conditions, next.type);
  const lastTransitionTime =
    before?.status === next.status && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : timestamp(now);
  const others = (conditions ?? []).filter((condition) => condition.type !== next.type);
  return [...others, { ...next, lastTransitionTime }];
}

/** A delay that the pod's annotation sets, in ms, else the given one. */
export function annotatedDelay(pod: Pod, annotation: string, otherwise: number): number {
  const text = pod.metadata.annotations?.[annotation];
  return (text === undefined ? undefined : parseDuration(text)) ?? otherwise;
}

/** Does this change of a pod change what its owner or a budget counts? Being bound or started does not. */
export function changesCounts({ type, object, previous }: LogEntry<Pod>): boolean {
  if (type !== "MODIFIED" || previous === undefined) return true;
  return (
    isReady(object) !== isReady(previous) ||
    isTerminating(object) !== isTerminating(previous) ||
    isFinished(object) !== isFinished(previous) ||
    (object.metadata.labels !== previous.metadata.labels && object.spec.nodeName === previous.spec.nodeName)
  );
}
