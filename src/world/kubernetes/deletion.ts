import { timestamp } from "../time.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { isFinished } from "./pod-state.ts";
import type { Plural, Pod, Resource } from "./types.ts";

/** Deletes an object as the API server does: pods gracefully, others at once unless finalizers hold them. */
export function deleteObject(
  cluster: Cluster,
  plural: Plural,
  object: Resource,
  gracePeriodSeconds?: number,
): void {
  if (plural === "pods") {
    const pod = cluster.stores.pods.get(object.metadata.namespace, object.metadata.name);
    if (pod !== undefined) deletePod(cluster, pod, gracePeriodSeconds);
    return;
  }
  if (plural === "namespaces") {
    terminateNamespace(cluster, object);
    return;
  }
  const store = storeOf(cluster, plural);
  if ((object.metadata.finalizers ?? []).length === 0) {
    store.remove(object);
    return;
  }
  if (object.metadata.deletionTimestamp !== undefined) return;
  const deletionTimestamp = timestamp(cluster.agenda.now);
  store.put({
    ...object,
    metadata: { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: 0 },
  });
}

/**
 * Graceful deletion: sets deletionTimestamp to the end of the grace period, or shortens it; a grace
 * of 0 removes the pod. Source: registry/rest/delete.go BeforeDelete, podStrategy.CheckGracefulDelete.
 */
export function deletePod(cluster: Cluster, pod: Pod, gracePeriodSeconds?: number): void {
  const grace = graceOf(pod, gracePeriodSeconds);
  if (grace === 0) {
    finishPod(cluster, pod);
    return;
  }
  const { metadata } = pod;
  const begun = metadata.deletionTimestamp;
  const current = metadata.deletionGracePeriodSeconds;
  if (begun !== undefined && current !== undefined) {
    if (gracePeriodSeconds === undefined || grace >= current) return;
    const end = Date.parse(begun) - current * 1000 + grace * 1000;
    markDeleted(cluster, pod, end, grace);
    return;
  }
  markDeleted(cluster, pod, cluster.agenda.now + grace * 1000, grace);
}

function graceOf(pod: Pod, wanted: number | undefined): number {
  if (pod.spec.nodeName === undefined || isFinished(pod)) return 0;
  const grace = wanted ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

function markDeleted(cluster: Cluster, pod: Pod, end: number, grace: number): void {
  cluster.stores.pods.put({
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionTimestamp: timestamp(end),
      deletionGracePeriodSeconds: grace,
      generation: (pod.metadata.generation ?? 1) + 1,
    },
  });
}

/** The pod's processes have ended: it goes, unless finalizers hold it. */
export function finishPod(cluster: Cluster, pod: Pod): void {
  if ((pod.metadata.finalizers ?? []).length === 0) {
    cluster.stores.pods.remove(pod);
    return;
  }
  if (pod.metadata.deletionGracePeriodSeconds === 0) return;
  markDeleted(cluster, pod, cluster.agenda.now, 0);
}

function terminateNamespace(cluster: Cluster, object: Resource): void {
  const { namespaces } = cluster.stores;
  const namespace = namespaces.get(undefined, object.metadata.name);
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
  namespaces.put({
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp: timestamp(cluster.agenda.now) },
    status: { phase: "Terminating" },
  });
}
