import type { ObjectRef, Pod } from "#model/objects.ts";

/** Its containers have ended for good. */
export function isFinished(pod: Pod): boolean {
  return pod.phase === "Succeeded" || pod.phase === "Failed";
}

/** In kube-system or of a priority class `system-*`: moved after the regular pods of its node. */
export function isSystemPod(pod: Pod): boolean {
  return pod.namespace === "kube-system" || pod.priorityClassName.startsWith("system-");
}

/** Its controller is a DaemonSet: it belongs to its node. */
export function isDaemonPod(pod: Pod): boolean {
  return pod.controller?.kind === "DaemonSet";
}

export function podRef(pod: Pod): ObjectRef {
  return { kind: "Pod", namespace: pod.namespace, name: pod.name, uid: pod.uid };
}
