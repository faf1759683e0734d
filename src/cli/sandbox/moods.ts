import type { PodMood } from "#render/sandbox-frame.ts";
import { valueAt } from "#world/json.ts";
import type { Resource } from "#world/kubernetes/object-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";

/** Of a node or a pod. */
export function isReady(object: Resource): boolean {
  const conditions = valueAt(object, "status", "conditions");
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => valueAt(one, "type") === "Ready" && valueAt(one, "status") === "True")
  );
}

export function moodOf(pod: Pod): PodMood {
  if (pod.metadata.deletionTimestamp !== undefined) return "stopping";
  if (pod.status.phase === "Succeeded" || pod.status.phase === "Failed") return "finished";
  if (isReady(pod)) return "ready";
  const statuses = pod.status.containerStatuses ?? [];
  const isCrashing = statuses.some(
    (one) => valueAt(one, "state", "waiting", "reason") === "CrashLoopBackOff",
  );
  return isCrashing ? "crashing" : "starting";
}
