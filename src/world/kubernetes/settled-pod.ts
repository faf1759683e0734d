import { timestamp } from "../time.ts";
import { boundPod, placedPod } from "./bound-pod.ts";
import type { Cluster } from "./cluster.ts";
import { isKubeletAlive } from "./kubelet-life.ts";
import type { Node } from "./node-types.ts";
import { addressesOf, runningPod } from "./pod-progress.ts";
import type { Pod, PodSpec } from "./pod-types.ts";

/** A status that others settle with too, but for their addresses. */
interface Settled {
  readonly time: string;
  readonly gates: PodSpec["readinessGates"];
  readonly status: Pod["status"];
}

/** By the containers, which pods of one template share whatever else is their own. */
const known = new WeakMap<PodSpec["containers"], Settled>();

/**
 * A new pod on this node as it will be once it is started and Ready, unless something keeps it from that. Pods of
 * one template that settle in the same second share all of their status that is not their own.
 */
export function settledOn(cluster: Cluster, pod: Pod, node: Node): Pod {
  if (staysUnready(cluster, pod, node.metadata.name)) return boundPod(cluster, pod, node);
  const time = timestamp(cluster.agenda.now);
  const { containers, readinessGates: gates } = pod.spec;
  const alike = known.get(containers);
  if (alike?.time === time && alike.gates === gates && isUntouched(pod, alike.status)) {
    const placed = placedPod(pod, node);
    const { hostIP, podIP, podIPs } = addressesOf(cluster, placed);
    if (hostIP !== undefined) return { ...placed, status: { ...alike.status, hostIP, podIP, podIPs } };
  }
  const settled = runningPod(cluster, boundPod(cluster, pod, node), true, 0);
  if (isUntouched(pod, pod.status) && settled.status.hostIP !== undefined) {
    known.set(containers, { time, gates, status: settled.status });
  }
  return settled;
}

/** The same of a pod that comes with its node. */
export function settledPod(cluster: Cluster, pod: Pod): Pod {
  return staysUnready(cluster, pod, pod.spec.nodeName ?? "") ? pod : runningPod(cluster, pod, true, 0);
}

function staysUnready(cluster: Cluster, pod: Pod, node: string): boolean {
  return (
    cluster.afflictionOf(pod) !== undefined ||
    pod.metadata.annotations?.["rig/never-ready"] !== undefined ||
    !isKubeletAlive(cluster, node)
  );
}

/** Its status says only its phase, and a class of service as this one. */
function isUntouched({ status }: Pod, { qosClass }: Pod["status"]): boolean {
  for (const key of Object.keys(status)) if (key !== "phase" && key !== "qosClass") return false;
  return status.qosClass === qosClass;
}
