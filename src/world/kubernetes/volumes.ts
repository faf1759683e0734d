import { type Cluster, newMeta } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import type { Pod } from "./pod-types.ts";
import type { PersistentVolumeClaim } from "./volume-types.ts";

const zoneLabel = "topology.kubernetes.io/zone";

/** Plays the volume binder: a claim gets a volume in the zone of the first node that uses it, and keeps it. */
export function runVolumes(cluster: Cluster): void {
  cluster.stores.pods.log.observe(({ type, object, previous }) => {
    if (type === "DELETED" || object.spec.volumes === undefined) return;
    if (object.spec.nodeName !== undefined && previous?.spec.nodeName === undefined)
      bindClaims(cluster, object);
  });
}

function bindClaims(cluster: Cluster, pod: Pod): void {
  for (const volume of pod.spec.volumes ?? []) {
    const name = volume.persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = cluster.stores.persistentvolumeclaims.get(pod.metadata.namespace, name);
    if (claim !== undefined && claim.spec.volumeName === undefined) bind(cluster, claim, pod);
  }
}

function bind(cluster: Cluster, claim: PersistentVolumeClaim, pod: Pod): void {
  const node = cluster.stores.nodes.get(undefined, pod.spec.nodeName ?? "");
  const zone = node?.metadata.labels?.[zoneLabel];
  const { name, namespace, uid } = claim.metadata;
  const volumeName = `pvc-${uid}`;
  const term = { matchExpressions: [{ key: zoneLabel, operator: "In", values: [zone ?? ""] }] };
  const { accessModes = ["ReadWriteOnce"], storageClassName, resources } = claim.spec;
  const capacity = { storage: resources?.requests?.storage ?? "10Gi" };
  cluster.stores.persistentvolumes.put({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: newMeta(cluster, kinds.persistentvolumes, { name: volumeName }),
    spec: {
      capacity,
      accessModes,
      persistentVolumeReclaimPolicy: "Delete",
      ...(storageClassName === undefined ? {} : { storageClassName }),
      volumeMode: "Filesystem",
      claimRef: { name, uid, ...(namespace === undefined ? {} : { namespace }) },
      ...(zone === undefined ? {} : { nodeAffinity: { required: { nodeSelectorTerms: [term] } } }),
    },
    status: { phase: "Bound" },
  });
  cluster.stores.persistentvolumeclaims.put({
    ...claim,
    spec: { ...claim.spec, volumeName },
    status: { phase: "Bound", accessModes, capacity },
  });
}
