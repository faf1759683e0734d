import { watchAbsentOwners } from "./absent-owners.ts";
import { runClaimRetention } from "./claim-retention.ts";
import { type Cluster, collectorMs, draw, storeOf } from "./cluster.ts";
import { deleteObject, deletePod } from "./deletion.ts";
import { markDisrupted } from "./disruption-target.ts";
import type { Plural } from "./kind-types.ts";
import { kindList } from "./kinds.ts";
import type { Resource } from "./object-types.ts";
import { isFinished } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { runPropagation } from "./propagation.ts";

const dependents: { readonly [P in Plural]?: readonly Plural[] } = {
  deployments: ["replicasets"],
  replicasets: ["pods"],
  statefulsets: ["pods", "controllerrevisions", "persistentvolumeclaims"],
  daemonsets: ["pods", "controllerrevisions"],
  jobs: ["pods"],
};

/** Removes what nobody wants any more: dependents, pods of deleted nodes, content of ended namespaces. */
export function runGarbageCollection(cluster: Cluster): void {
  runPropagation(cluster);
  watchAbsentOwners(cluster);
  runClaimRetention(cluster);
  for (const [plural, children] of Object.entries(dependents)) {
    const owners = storeOf(cluster, plural as Plural);
    owners.log.observe(({ type, object }) => {
      if (type === "DELETED")
        cluster.agenda.after(collectorMs, () => collectDependents(cluster, children, object));
    });
  }
  cluster.stores.nodes.log.observe(({ type, object }) => {
    if (type !== "DELETED") return;
    collectPodsOf(cluster, object.metadata.name);
  });
  cluster.stores.pods.log.observe(({ type, object, previous }) => {
    const { nodeName } = object.spec;
    if (type === "DELETED" || nodeName === undefined || nodeName === previous?.spec.nodeName) return;
    if (cluster.stores.nodes.get(undefined, nodeName) === undefined) collectPodsOf(cluster, nodeName);
  });
  cluster.stores.namespaces.log.observe(({ type, object }) => {
    if (type === "MODIFIED" && object.metadata.deletionTimestamp !== undefined) {
      emptyNamespace(cluster, object.metadata.name);
    }
  });
}

/** Pods of a node that is not there, be it gone or never made. Source: measured; podgc gcOrphaned */
function collectPodsOf(cluster: Cluster, name: string): void {
  cluster.agenda.once(`collect/${name}`, draw(cluster, cluster.timings.podCollectionMs), () => {
    if (cluster.stores.nodes.get(undefined, name) !== undefined) return;
    for (const pod of cluster.stores.pods.onNode(name)) collectPod(cluster, pod);
  });
}

/** Says that the pod has failed, then removes it. Source: pkg/controller/podgc gcOrphaned. */
function collectPod(cluster: Cluster, pod: Pod): void {
  const marked = markDisrupted(cluster, pod, "DeletionByPodGC", "PodGC: node no longer exists");
  const failed = isFinished(marked) ? marked : { ...marked, status: { ...marked.status, phase: "Failed" } };
  deletePod(cluster, failed === marked ? marked : cluster.stores.pods.put(failed), 0);
}

function collectDependents(cluster: Cluster, children: readonly Plural[], owner: Resource): void {
  for (const plural of children) {
    for (const child of storeOf(cluster, plural).ownedBy(owner.metadata.uid)) {
      deleteObject(cluster, plural, child);
    }
  }
}

/** Deletes everything in the namespace, then the namespace, looking again each second while pods stop. */
function emptyNamespace(cluster: Cluster, name: string): void {
  cluster.agenda.once(`namespace/${name}`, 1000, () => {
    let left = 0;
    for (const { plural, isNamespaced } of kindList) {
      if (!isNamespaced) continue;
      for (const object of storeOf(cluster, plural).inNamespace(name)) {
        deleteObject(cluster, plural, object);
        left += 1;
      }
    }
    const namespace = cluster.stores.namespaces.get(undefined, name);
    if (left > 0) emptyNamespace(cluster, name);
    else if (namespace !== undefined) cluster.stores.namespaces.remove(namespace);
  });
}
