import type { ObjectRef, Pod } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";

/**
 * The workload that brings a pod back: its Deployment where its ReplicaSet has one, else its
 * controller, whatever the kind. null: nothing brings it back. A Job's CronJob and an operator's
 * custom object stay out of it, because it is the Job or StatefulSet that makes the next pod.
 */
export function rootOwner(pod: Pod, snapshot: Snapshot): ObjectRef | null {
  const { controller } = pod;
  if (controller?.kind !== "ReplicaSet") return controller;
  const above = snapshot.workload(controller.uid)?.controller;
  return above?.kind === "Deployment" ? above : controller;
}

/** Every pod of a root owner: its own, and those of its ReplicaSets. In no particular order. */
export function podsOfRoot(rootUid: string, snapshot: Snapshot): readonly Pod[] {
  const pods = [...snapshot.podsOfController(rootUid)];
  for (const child of snapshot.workloadsOfController(rootUid)) {
    if (child.kind === "ReplicaSet") pods.push(...snapshot.podsOfController(child.uid));
  }
  return pods;
}
