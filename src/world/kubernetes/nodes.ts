import { isEqualJson } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { planNextStep } from "./kubelet.ts";
import { conditionOf, isFinished, isReady, isTerminating, withCondition } from "./pod-state.ts";
import { unschedulableTaint } from "./taints.ts";
import type { Condition, Node, Taint } from "./types.ts";

const readyConditions: { readonly [S in "True" | "False" | "Unknown"]: Condition } = {
  True: { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
  False: { type: "Ready", status: "False", reason: "KubeletNotReady", message: "container runtime is down" },
  Unknown: {
    type: "Ready",
    status: "Unknown",
    reason: "NodeStatusUnknown",
    message: "Kubelet stopped posting node status.",
  },
};

const managedTaints = [
  unschedulableTaint.key,
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
];

export function isNodeReady(node: Node): boolean {
  return conditionOf(node.status.conditions, "Ready")?.status === "True";
}

/** Plays the node lifecycle controller: taints follow cordons and readiness, and pods follow their node. */
export function runNodes(cluster: Cluster): void {
  cluster.stores.nodes.log.observe(({ type, object, previous }) => {
    const { name } = object.metadata;
    if (type === "DELETED") {
      cluster.agenda.cancel(`node/${name}`);
      cluster.agenda.cancel(`unreachable/${name}`);
      return;
    }
    if (object.spec === previous?.spec && object.status === previous?.status) return;
    cluster.agenda.once(`node/${name}`, 20, () => reconcile(cluster, name));
  });
}

function reconcile(cluster: Cluster, name: string): void {
  const node = cluster.stores.nodes.get(undefined, name);
  if (node === undefined) return;
  const taints = [...otherTaints(node), ...wantedTaints(node)];
  const before = (node.spec.taints ?? []).map(({ timeAdded: _timeAdded, ...taint }) => taint);
  if (!isEqualJson(before, taints)) {
    const { taints: _taints, ...spec } = node.spec;
    cluster.stores.nodes.put({ ...node, spec: taints.length === 0 ? spec : { ...spec, taints } });
  }
  if (isNodeReady(node)) {
    cluster.agenda.cancel(`unreachable/${name}`);
    return;
  }
  unreadyPods(cluster, name);
  cluster.agenda.once(`unreachable/${name}`, cluster.timings.unreachableEvictionMs, () =>
    evictUnreachable(cluster, name),
  );
}

function otherTaints(node: Node): readonly Taint[] {
  return (node.spec.taints ?? [])
    .filter((taint) => !managedTaints.includes(taint.key))
    .map(({ timeAdded: _timeAdded, ...taint }) => taint);
}

function wantedTaints(node: Node): readonly Taint[] {
  const taints: Taint[] = node.spec.unschedulable === true ? [unschedulableTaint] : [];
  const ready = conditionOf(node.status.conditions, "Ready")?.status ?? "False";
  if (ready === "True") return taints;
  const key = ready === "Unknown" ? "node.kubernetes.io/unreachable" : "node.kubernetes.io/not-ready";
  return [...taints, { key, effect: "NoSchedule" }, { key, effect: "NoExecute" }];
}

/** Pods of a node that is not Ready are not Ready either; their containers may be. Source: MarkPodsNotReady. */
function unreadyPods(cluster: Cluster, node: string): void {
  for (const pod of cluster.stores.pods.onNode(node)) {
    if (!isReady(pod)) continue;
    const conditions = withCondition(
      pod.status.conditions,
      { type: "Ready", status: "False" },
      cluster.agenda.now,
    );
    cluster.stores.pods.put({ ...pod, status: { ...pod.status, conditions } });
  }
}

function evictUnreachable(cluster: Cluster, name: string): void {
  const node = cluster.stores.nodes.get(undefined, name);
  if (node === undefined || isNodeReady(node)) return;
  for (const pod of cluster.stores.pods.onNode(name)) {
    const staysForEver = pod.spec.tolerations?.some(
      (toleration) =>
        toleration.tolerationSeconds === undefined &&
        toleration.operator === "Exists" &&
        (toleration.key === undefined || toleration.key.startsWith("node.kubernetes.io/not-ready")),
    );
    if (staysForEver !== true && !isFinished(pod) && !isTerminating(pod)) deletePod(cluster, pod);
  }
}

/** Writes the Ready condition. */
export function setNodeReady(cluster: Cluster, name: string, ready: "True" | "False" | "Unknown"): void {
  const node = cluster.stores.nodes.get(undefined, name);
  if (node === undefined) return;
  const next = { ...readyConditions[ready], lastHeartbeatTime: timestamp(cluster.agenda.now) };
  if (conditionOf(node.status.conditions, "Ready")?.status === ready) return;
  const conditions = withCondition(node.status.conditions, next, cluster.agenda.now);
  cluster.stores.nodes.put({ ...node, status: { ...node.status, conditions } });
}

/** The kubelet stops: nothing on the node moves, and after the grace period the Node is Unknown. */
export function killKubelet(cluster: Cluster, name: string): void {
  cluster.deadKubelets.add(name);
  cluster.agenda.once(`monitor/${name}`, cluster.timings.nodeMonitorGraceMs, () => {
    if (cluster.deadKubelets.has(name)) setNodeReady(cluster, name, "Unknown");
  });
}

/** The kubelet comes back: the Node turns Ready and its pods go on where they were. */
export function reviveKubelet(cluster: Cluster, name: string): void {
  cluster.deadKubelets.delete(name);
  cluster.agenda.cancel(`monitor/${name}`);
  setNodeReady(cluster, name, "True");
  for (const pod of cluster.stores.pods.onNode(name)) planNextStep(cluster, pod);
}
