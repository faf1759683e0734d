import type { Cluster } from "./cluster.ts";
import { withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

/** Says on a pod who ends it, and why, before it is deleted. Gives the pod as it is then. */
export function markDisrupted(cluster: Cluster, pod: Pod, reason: string, message: string): Pod {
  const observedGeneration = pod.metadata.generation ?? 1;
  const condition = { type: "DisruptionTarget", status: "True", reason, message, observedGeneration };
  const before = pod.status.conditions?.find(({ type }) => type === condition.type);
  if (before?.status === "True" && before.reason === reason && before.message === message) return pod;
  const conditions = withCondition(pod.status.conditions, condition, cluster.agenda.now);
  return cluster.stores.pods.put({ ...pod, status: { ...pod.status, conditions } });
}
