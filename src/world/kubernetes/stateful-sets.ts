import { isEqualJson } from "../json.ts";
import { type Cluster, draw, newMeta } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { kinds } from "./kinds.ts";
import { createPod } from "./pod-factory.ts";
import {
  availableAt,
  changesCounts,
  isActive,
  isAvailable,
  isFinished,
  isReady,
  isTerminating,
} from "./pod-state.ts";
import type { Pod, PodTemplate, StatefulSet } from "./types.ts";

/** Plays the StatefulSet controller: one pod an ordinal, the next only when the one before is Ready. */
export function runStatefulSets(cluster: Cluster): void {
  const { statefulsets, pods } = cluster.stores;
  statefulsets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wakeStatefulSet(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner?.kind === "StatefulSet") wakeStatefulSet(cluster, owner.uid);
  });
}

export function wakeStatefulSet(cluster: Cluster, uid: string): void {
  cluster.agenda.once(`statefulset/${uid}`, draw(cluster, cluster.timings.controllerMs), () => {
    const set = cluster.stores.statefulsets.getByUid(uid);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    if (cluster.held.has("statefulsets")) return;
    reconcile(cluster, set);
  });
}

function reconcile(cluster: Cluster, set: StatefulSet): void {
  const isParallel = set.spec.podManagementPolicy === "Parallel";
  const { now } = cluster.agenda;
  for (let ordinal = 0; ordinal < set.spec.replicas; ordinal++) {
    const name = `${set.metadata.name}-${ordinal}`;
    const pod = cluster.stores.pods.get(set.metadata.namespace, name);
    if (pod === undefined) createOrdinal(cluster, set, name, ordinal);
    else if (isFinished(pod) && !isTerminating(pod)) deletePod(cluster, pod);
    const isSettled =
      pod !== undefined && isActive(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
    if (!isSettled && !isParallel) break;
  }
  removeSurplus(cluster, set);
  writeStatus(cluster, set);
}

/** Highest ordinal first, one at a time. */
function removeSurplus(cluster: Cluster, set: StatefulSet): void {
  const surplus = cluster.stores.pods
    .ownedBy(set.metadata.uid)
    .filter((pod) => ordinalOf(pod.metadata.name) >= set.spec.replicas)
    .toSorted((left, right) => ordinalOf(right.metadata.name) - ordinalOf(left.metadata.name));
  const last = surplus[0];
  if (last !== undefined && !isTerminating(last)) deletePod(cluster, last);
}

function ordinalOf(name: string): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}

function createOrdinal(cluster: Cluster, set: StatefulSet, name: string, ordinal: number): void {
  createPod(cluster, set, {
    name,
    namespace: set.metadata.namespace ?? "default",
    template: withClaims(cluster, set, name),
    labels: {
      "statefulset.kubernetes.io/pod-name": name,
      "apps.kubernetes.io/pod-index": String(ordinal),
    },
  });
}

/** The template with a volume for each claim template; claims are made on first use and kept. */
function withClaims(cluster: Cluster, set: StatefulSet, podName: string): PodTemplate {
  const templates = set.spec.volumeClaimTemplates ?? [];
  if (templates.length === 0) return set.spec.template;
  const namespace = set.metadata.namespace ?? "default";
  const volumes = templates.map(({ metadata, spec }) => {
    const claimName = `${metadata.name}-${podName}`;
    if (cluster.stores.persistentvolumeclaims.get(namespace, claimName) === undefined) {
      cluster.stores.persistentvolumeclaims.put({
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: newMeta(cluster, kinds.persistentvolumeclaims, { name: claimName, namespace }),
        spec: { ...(spec as object | undefined) },
        status: { phase: "Pending" },
      });
    }
    return { name: metadata.name, persistentVolumeClaim: { claimName } };
  });
  const { template } = set.spec;
  return { ...template, spec: { ...template.spec, volumes: [...(template.spec.volumes ?? []), ...volumes] } };
}

function writeStatus(cluster: Cluster, set: StatefulSet): void {
  const pods = cluster.stores.pods.ownedBy(set.metadata.uid);
  const active = pods.filter(isActive);
  const { now } = cluster.agenda;
  wakeWhenAvailable(cluster, set, active);
  const revision = `${set.metadata.name}-1`;
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
    currentReplicas: active.length,
    updatedReplicas: active.length,
    currentRevision: revision,
    updateRevision: revision,
  };
  if (isEqualJson(set.status, status)) return;
  cluster.stores.statefulsets.put({ ...set, status });
}

/** A pod ripens without any change of it: the next ordinal waits for that. */
function wakeWhenAvailable(cluster: Cluster, set: StatefulSet, active: readonly Pod[]): void {
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const { now } = cluster.agenda;
  const waiting = active.find((pod) => isReady(pod) && !isAvailable(pod, minReadySeconds, now));
  if (waiting === undefined) return;
  const delay = Math.max(1, availableAt(waiting, minReadySeconds) - now);
  cluster.agenda.once(`statefulset-available/${set.metadata.uid}`, delay, () =>
    wakeStatefulSet(cluster, set.metadata.uid),
  );
}
