import { isEqualJson } from "../json.ts";
import { type Cluster, draw } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { isWantedNode } from "./node-affinity.ts";
import { createPod } from "./pod-factory.ts";
import { changesCounts, isActive, isAvailable, isFinished, isReady, isTerminating } from "./pod-state.ts";
import { daemonTolerations, isTolerated } from "./taints.ts";
import type { DaemonSet, Node, Pod, PodSpec } from "./types.ts";

/** Plays the DaemonSet controller: one pod on each node that its template tolerates, cordoned ones too. */
export function runDaemonSets(cluster: Cluster): void {
  const { daemonsets, pods, nodes } = cluster.stores;
  daemonsets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wake(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner?.kind === "DaemonSet") wake(cluster, owner.uid);
  });
  nodes.log.observe(({ type, object, previous }) => {
    if (object.spec === previous?.spec && object.metadata.labels === previous?.metadata.labels) return;
    for (const set of daemonsets.all()) {
      const ran = previous !== undefined && shouldRun(set, previous);
      if (ran !== (type !== "DELETED" && shouldRun(set, object))) wake(cluster, set.metadata.uid);
    }
  });
}

function wake(cluster: Cluster, uid: string): void {
  cluster.agenda.once(`daemonset/${uid}`, draw(cluster, cluster.timings.controllerMs), () => {
    const set = cluster.stores.daemonsets.getByUid(uid);
    if (set !== undefined && set.metadata.deletionTimestamp === undefined) reconcile(cluster, set);
  });
}

function reconcile(cluster: Cluster, set: DaemonSet): void {
  const owned = cluster.stores.pods.ownedBy(set.metadata.uid);
  const wanted = cluster.stores.nodes.all().filter((node) => shouldRun(set, node));
  const byNode = new Map<string, Pod[]>();
  for (const pod of owned) {
    const here = byNode.get(pod.spec.nodeName ?? "");
    if (here === undefined) byNode.set(pod.spec.nodeName ?? "", [pod]);
    else here.push(pod);
  }
  for (const node of wanted) {
    const here = byNode.get(node.metadata.name) ?? [];
    for (const pod of here) if (isFinished(pod) && !isTerminating(pod)) deletePod(cluster, pod);
    if (here.length === 0) createDaemonPod(cluster, set, node);
  }
  writeStatus(cluster, set, wanted.length);
}

function shouldRun(set: DaemonSet, node: Node): boolean {
  const { spec } = set.spec.template;
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations];
  return (
    isWantedNode(spec, node) && (node.spec.taints ?? []).every((taint) => isTolerated(taint, tolerations))
  );
}

/** Bound at once: the real controller leaves binding to the scheduler, by an affinity to the one node. */
function createDaemonPod(cluster: Cluster, set: DaemonSet, node: Node): void {
  const { template } = set.spec;
  const generateName = `${set.metadata.name}-`;
  const spec: PodSpec = {
    ...template.spec,
    nodeName: node.metadata.name,
    tolerations: [...(template.spec.tolerations ?? []), ...daemonTolerations],
  };
  createPod(cluster, set, {
    name: `${generateName}${cluster.random.suffix(5)}`,
    generateName,
    namespace: set.metadata.namespace ?? "default",
    template: { ...template, spec },
    labels: { "controller-revision-hash": "1", "pod-template-generation": "1" },
  });
}

function writeStatus(cluster: Cluster, set: DaemonSet, desired: number): void {
  const pods = cluster.stores.pods.ownedBy(set.metadata.uid).filter(isActive);
  const { now } = cluster.agenda;
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const status = {
    observedGeneration: set.metadata.generation ?? 1,
    desiredNumberScheduled: desired,
    currentNumberScheduled: pods.length,
    updatedNumberScheduled: pods.length,
    numberMisscheduled: 0,
    numberReady: pods.filter(isReady).length,
    numberAvailable: pods.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
  };
  if (isEqualJson(set.status, status)) return;
  cluster.stores.daemonsets.put({ ...set, status });
}
