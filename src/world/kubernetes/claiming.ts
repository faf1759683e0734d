import { type Cluster, draw, ownerReference } from "./cluster.ts";
import { wakeDaemonSet } from "./daemon-sets.ts";
import { releasePod } from "./job-pods.ts";
import type { Resource } from "./object-types.ts";
import { isActive, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { wakeReplicaSet } from "./replica-sets.ts";
import { matchesSelector } from "./selectors.ts";
import { runSetClaims } from "./set-claiming.ts";
import { wakeStatefulSet } from "./stateful-sets.ts";
import { controllerUidOf, selectorOf } from "./store-index.ts";

type Owner = Resource & { readonly spec: { readonly selector?: Parameters<typeof matchesSelector>[0] } };

const claimants = ["replicasets", "statefulsets", "daemonsets", "jobs"] as const;

/**
 * Controllers own the pods that their selector matches: one whose labels no longer match is let go and
 * replaced, one that nobody owns is taken in, whichever of the two was there first.
 * Source: measured; pkg/controller/controller_ref_manager.go
 */
export function runClaims(cluster: Cluster): void {
  cluster.stores.pods.log.observe(({ type, object, previous }) => {
    if (type === "DELETED") return;
    const owner = controllerUidOf(object);
    const isOrphaned = owner === undefined && previous !== undefined && controllerUidOf(previous) !== owner;
    if (object.metadata.labels === previous?.metadata.labels && !isOrphaned) return;
    if (type === "ADDED" && owner !== undefined) return;
    const delay = draw(cluster, cluster.timings.controllerMs);
    cluster.agenda.once(`claim/${object.metadata.uid}`, delay, () => claim(cluster, object.metadata.uid));
  });
  for (const plural of claimants) {
    cluster.stores[plural].log.observe(({ type, object }) => {
      if (type === "ADDED") takeInOrphans(cluster, object);
    });
  }
  runSetClaims(cluster);
}

/** Pods that were there before: their owner went without them. It looks for them before it makes any. */
function takeInOrphans(cluster: Cluster, owner: Resource): void {
  const { namespace = "" } = owner.metadata;
  for (const pod of cluster.stores.pods.matching(namespace, selectorOf(owner))) {
    if (controllerUidOf(pod) !== undefined) continue;
    const { uid } = pod.metadata;
    cluster.agenda.once(`claim/${uid}`, 0, () => claim(cluster, uid));
  }
}

function claim(cluster: Cluster, uid: string): void {
  const pod = cluster.stores.pods.getByUid(uid);
  if (pod === undefined) return;
  const owner = controllerUidOf(pod);
  if (owner === undefined) adopt(cluster, pod);
  else release(cluster, pod, owner);
}

function ownersIn(cluster: Cluster, namespace: string): readonly Owner[] {
  return claimants.flatMap((plural): readonly Owner[] => cluster.stores[plural].inNamespace(namespace));
}

/** Found without a look at all workloads of the namespace: every pod is asked about once it is bound. */
function ownerOf(cluster: Cluster, pod: Pod, uid: string): Owner | undefined {
  for (const plural of claimants) {
    const owner = cluster.stores[plural].getByUid(uid);
    if (owner !== undefined) return owner.metadata.namespace === pod.metadata.namespace ? owner : undefined;
  }
  return undefined;
}

/** Nobody counts what is no Job's any more, so its finalizer goes. Source: pkg/controller/job syncOrphanPod. */
function release(cluster: Cluster, pod: Pod, uid: string): void {
  const owner = ownerOf(cluster, pod, uid);
  if (owner === undefined || matchesSelector(owner.spec.selector, pod.metadata.labels)) return;
  const left = (pod.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
  const { ownerReferences: _gone, ...metadata } = pod.metadata;
  const next = left.length === 0 ? metadata : { ...metadata, ownerReferences: left };
  cluster.stores.pods.put({ ...pod, metadata: next });
  releasePod(cluster, pod);
  wake(cluster, owner);
}

function adopt(cluster: Cluster, pod: Pod): void {
  if (!isActive(pod) || isTerminating(pod)) return;
  const owner = ownersIn(cluster, pod.metadata.namespace ?? "").find(
    (one) =>
      one.metadata.deletionTimestamp === undefined &&
      matchesSelector(one.spec.selector, pod.metadata.labels) &&
      (one.kind !== "StatefulSet" || pod.metadata.name.replace(/-\d+$/, "") === one.metadata.name),
  );
  if (owner === undefined) return;
  const ownerReferences = [...(pod.metadata.ownerReferences ?? []), ownerReference(owner)];
  cluster.stores.pods.put({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
  wake(cluster, owner);
}

function wake(cluster: Cluster, { kind, metadata }: Owner): void {
  if (kind === "ReplicaSet") wakeReplicaSet(cluster, metadata.uid);
  if (kind === "DaemonSet") wakeDaemonSet(cluster, metadata.uid);
  if (kind === "StatefulSet") wakeStatefulSet(cluster, metadata.uid);
}
