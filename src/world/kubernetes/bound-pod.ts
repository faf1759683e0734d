import type { Cluster } from "./cluster.ts";
import type { Node } from "./node-types.ts";
import type { Labels } from "./object-types.ts";
import { withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

const zoneKey = "topology.kubernetes.io/zone";
const regionKey = "topology.kubernetes.io/region";

/** The pod once it is bound: with its node's zone and region as labels, and no nomination. Source: podtopologylabels, assignPod. */
export function boundPod(cluster: Cluster, pod: Pod, node: Node): Pod {
  const { nominatedNodeName: _nominated, ...status } = pod.status;
  const scheduled = { type: "PodScheduled", status: "True" };
  const conditions = withCondition(status.conditions, scheduled, cluster.agenda.now);
  return { ...placedPod(pod, node), status: { ...status, conditions } };
}

/** What binding changes of a pod, but for its status. */
export function placedPod(pod: Pod, node: Node): Pod {
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: labelsOn(pod.metadata.labels ?? none, node) },
    spec: { ...pod.spec, nodeName: node.metadata.name },
  };
}

const none: Labels = {};
const known = new WeakMap<Labels, Map<string, Labels>>();

/** Pods that share their labels and their zone share them afterwards too. */
function labelsOn(own: Labels, node: Node): Labels {
  const { [zoneKey]: zone, [regionKey]: region } = node.metadata.labels ?? none;
  const place = `${zone ?? ""}/${region ?? ""}`;
  const byPlace = known.get(own) ?? new Map<string, Labels>();
  known.set(own, byPlace);
  const found = byPlace.get(place);
  if (found !== undefined) return found;
  const labels = {
    ...own,
    ...(zone === undefined ? {} : { [zoneKey]: zone }),
    ...(region === undefined ? {} : { [regionKey]: region }),
  };
  byPlace.set(place, labels);
  return labels;
}
