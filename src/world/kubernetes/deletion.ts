import { timestamp } from "../time.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import type { Plural } from "./kind-types.ts";
import type { Meta, Resource } from "./object-types.ts";
import { isFinished } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

/** What becomes of the objects that name the deleted one as their owner. */
export type Propagation = "Background" | "Foreground" | "Orphan";

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

/** Deletes an object as the API server does: pods gracefully, others at once unless finalizers hold them. */
export function deleteObject(
  cluster: Cluster,
  plural: Plural,
  object: Resource,
  gracePeriodSeconds?: number,
  propagation: Propagation = "Background",
): void {
  const next = objectAfterDelete(cluster, plural, object, gracePeriodSeconds, propagation);
  const store = storeOf(cluster, plural);
  if (next === "gone") store.remove(object);
  else if (next !== object) store.put(next);
}

/** What a delete leaves of an object: nothing, itself where it changes nothing, or its next state. */
export function objectAfterDelete(
  cluster: Cluster,
  plural: Plural,
  object: Resource,
  gracePeriodSeconds?: number,
  propagation: Propagation = "Background",
): Resource | "gone" {
  const { namespace, name } = object.metadata;
  if (plural === "pods") {
    const pod = cluster.stores.pods.get(namespace, name);
    return pod === undefined ? object : podAfterDelete(cluster, pod, gracePeriodSeconds);
  }
  if (plural === "namespaces") {
    const found = cluster.stores.namespaces.get(undefined, name);
    return found === undefined ? object : terminated(cluster, found);
  }
  const finalizers = finalizersFor(object.metadata.finalizers ?? [], propagation);
  if (finalizers.length === 0) return "gone";
  const isSame = finalizers.join() === (object.metadata.finalizers ?? []).join();
  if (object.metadata.deletionTimestamp !== undefined) {
    return isSame ? object : { ...object, metadata: { ...object.metadata, finalizers } };
  }
  return { ...object, metadata: { ...ended(cluster, object.metadata), finalizers } };
}

/** Source: registry/generic/registry deletionFinalizersForGarbageCollection. */
function finalizersFor(present: readonly string[], propagation: Propagation): readonly string[] {
  const others = present.filter((one) => one !== foregroundFinalizer && one !== orphanFinalizer);
  switch (propagation) {
    case "Background":
      return others;
    case "Foreground":
      return [...others, foregroundFinalizer];
    case "Orphan":
      return [...others, orphanFinalizer];
  }
}

function ended(cluster: Cluster, metadata: Meta): Meta {
  return {
    ...metadata,
    deletionTimestamp: timestamp(cluster.agenda.now),
    deletionGracePeriodSeconds: 0,
    ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
  };
}

/** Deletes a pod: see podAfterDelete. */
export function deletePod(cluster: Cluster, pod: Pod, gracePeriodSeconds?: number): void {
  const next = podAfterDelete(cluster, pod, gracePeriodSeconds);
  if (next === "gone") cluster.stores.pods.remove(pod);
  else if (next !== pod) cluster.stores.pods.put(next);
}

/**
 * Graceful deletion: sets deletionTimestamp to the end of the grace period, or shortens it; a grace
 * of 0 removes the pod. Source: registry/rest/delete.go BeforeDelete, podStrategy.CheckGracefulDelete.
 */
export function podAfterDelete(cluster: Cluster, pod: Pod, gracePeriodSeconds?: number): Pod | "gone" {
  const grace = graceOf(pod, gracePeriodSeconds);
  if (grace === 0) return podAfterEnd(cluster, pod);
  const { metadata } = pod;
  const { now } = cluster.agenda;
  const begun = metadata.deletionTimestamp;
  const current = metadata.deletionGracePeriodSeconds;
  if (begun !== undefined && current !== undefined) {
    if (gracePeriodSeconds === undefined || grace >= current) return pod;
    const end = Date.parse(begun) - current * 1000 + grace * 1000;
    return end < now ? marked(pod, now, 1) : marked(pod, end, grace);
  }
  return marked(pod, now + grace * 1000, grace);
}

function graceOf(pod: Pod, wanted: number | undefined): number {
  if (pod.spec.nodeName === undefined || isFinished(pod)) return 0;
  const grace = wanted ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return grace < 0 ? 1 : grace;
}

/** The generation counts the beginning of the deletion, not the shortening of its grace. */
function marked(pod: Pod, end: number, grace: number): Pod {
  const isBegun = pod.metadata.deletionTimestamp !== undefined;
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      deletionTimestamp: timestamp(end),
      deletionGracePeriodSeconds: grace,
      generation: (pod.metadata.generation ?? 1) + (isBegun ? 0 : 1),
    },
  };
}

/** What a deletion at once answers with: the pod as it was when it went. */
export function removedPod(cluster: Cluster, pod: Pod): Pod {
  return marked(pod, cluster.agenda.now, 0);
}

/** The pod's processes have ended: it goes, unless finalizers hold it. */
export function finishPod(cluster: Cluster, pod: Pod): void {
  const next = podAfterEnd(cluster, pod);
  if (next === "gone") cluster.stores.pods.remove(pod);
  else if (next !== pod) cluster.stores.pods.put(next);
}

function podAfterEnd(cluster: Cluster, pod: Pod): Pod | "gone" {
  if ((pod.metadata.finalizers ?? []).length === 0) return "gone";
  return pod.metadata.deletionGracePeriodSeconds === 0 ? pod : marked(pod, cluster.agenda.now, 0);
}

function terminated(cluster: Cluster, namespace: Resource): Resource {
  if (namespace.metadata.deletionTimestamp !== undefined) return namespace;
  const deletionTimestamp = timestamp(cluster.agenda.now);
  return {
    ...namespace,
    metadata: { ...namespace.metadata, deletionTimestamp },
    status: { phase: "Terminating" },
  };
}
