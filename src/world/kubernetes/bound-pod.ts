import type { Cluster } from "./cluster.ts";
import { withCondition } from "./pod-state.ts";
import type { Labels, Node, Pod } from "./types.ts";

const topologyKeys = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** The pod once it is bound: with its node's zone and region as labels, and no nomination. Source: podtopologylabels, assignPod. */
export function boundPod(cluster: Cluster, pod: Pod, node: Node): Pod {
  const { nominatedNodeName: _nominated, ...status } = pod.status;
  const scheduled = { type: "PodScheduled", status: "True" };
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...topologyOf(node) } },
    spec: { ...pod.spec, nodeName: node.metadata.name },
    status: { ...status, conditions: withCondition(status.conditions, scheduled, cluster.agenda.now) },
  };
}

function topologyOf(node: Node): Labels {
  const labels: Record<string, string> = {};
  for (const key of topologyKeys) {
    const value = node.metadata.labels?.[key];
    if (value !== undefined) labels[key] = value;
  }
  return labels;
}
