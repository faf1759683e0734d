import { isEqualJson } from "../json.ts";
import { timestamp } from "../time.ts";
import { type Cluster, tell } from "./cluster.ts";
import { keepLease, nodeAsRead, silence } from "./heartbeats.ts";
import { planNextStep } from "./kubelet.ts";
import type { Node, Taint } from "./node-types.ts";
import type { Condition } from "./object-types.ts";
import { conditionOf, isReady, withCondition } from "./pod-state.ts";
import { unschedulableTaint } from "./taints.ts";

const readyConditions: { readonly [S in "True" | "False"]: Condition } = {
  True: { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
  False: { type: "Ready", status: "False", reason: "KubeletNotReady", message: "container runtime is down" },
};

/** What a healthy kubelet says beside Ready. */
const pressures: readonly Condition[] = [
  {
    type: "MemoryPressure",
    status: "False",
    reason: "KubeletHasSufficientMemory",
    message: "kubelet has sufficient memory available",
  },
  {
    type: "DiskPressure",
    status: "False",
    reason: "KubeletHasNoDiskPressure",
    message: "kubelet has no disk pressure",
  },
  {
    type: "PIDPressure",
    status: "False",
    reason: "KubeletHasSufficientPID",
    message: "kubelet has sufficient PID available",
  },
];

const managedTaints = [
  unschedulableTaint.key,
  "node.kubernetes.io/not-ready",
  "node.kubernetes.io/unreachable",
];

/** What a kubelet says that has just come, before its network is there. `now` in ms since epoch. */
export function firstConditions(now: number): readonly Condition[] {
  const ready: Condition = {
    type: "Ready",
    status: "False",
    reason: "KubeletNotReady",
    message:
      "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized",
  };
  const time = timestamp(now);
  return [...pressures, ready].map((condition) => ({
    ...condition,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }));
}

export function isNodeReady(node: Node): boolean {
  return conditionOf(node.status.conditions, "Ready")?.status === "True";
}

/** Plays the node lifecycle controller: taints follow cordons and readiness, and pods follow their node. */
export function runNodes(cluster: Cluster): void {
  cluster.stores.nodes.log.observe(({ type, object, previous }) => {
    const { name } = object.metadata;
    if (type === "DELETED") {
      cluster.agenda.cancel(`node/${name}`);
      return;
    }
    if (object.spec === previous?.spec && object.status === previous?.status) return;
    cluster.agenda.once(`node/${name}`, 20, () => reconcile(cluster, name));
  });
}

function reconcile(cluster: Cluster, name: string): void {
  const node = cluster.stores.nodes.get(undefined, name);
  if (node === undefined) return;
  const taints = [...otherTaints(node), ...wantedTaints(cluster, node)];
  if (!isEqualJson(node.spec.taints ?? [], taints)) {
    const { taints: _taints, ...spec } = node.spec;
    cluster.stores.nodes.put({ ...node, spec: taints.length === 0 ? spec : { ...spec, taints } });
  }
  keepLease(cluster, node);
  if (!isNodeReady(node)) unreadyPods(cluster, name);
}

function otherTaints(node: Node): readonly Taint[] {
  return (node.spec.taints ?? []).filter((taint) => !managedTaints.includes(taint.key));
}

/** Those that are there keep the time of their coming. */
function wantedTaints(cluster: Cluster, node: Node): readonly Taint[] {
  const taints: Taint[] = node.spec.unschedulable === true ? [unschedulableTaint] : [];
  const ready = conditionOf(node.status.conditions, "Ready")?.status ?? "False";
  if (ready !== "True") {
    const key = ready === "Unknown" ? "node.kubernetes.io/unreachable" : "node.kubernetes.io/not-ready";
    taints.push({ key, effect: "NoSchedule" }, { key, effect: "NoExecute" });
  }
  const timeAdded = timestamp(cluster.agenda.now);
  return taints.map(
    ({ key, effect }) =>
      node.spec.taints?.find((known) => known.key === key && known.effect === effect) ?? {
        key,
        effect,
        timeAdded,
      },
  );
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

/** Writes the conditions: a kubelet that is silent is unknown in all of them. Source: tryUpdateNodeHealth. */
export function setNodeReady(cluster: Cluster, name: string, ready: "True" | "False" | "Unknown"): void {
  const node = cluster.stores.nodes.get(undefined, name);
  if (node === undefined || conditionOf(node.status.conditions, "Ready")?.status === ready) return;
  const { now } = cluster.agenda;
  const before = nodeAsRead(cluster, node).status.conditions ?? [];
  const next =
    ready === "Unknown"
      ? [...pressures, readyConditions.False].map(({ type }) => unknownCondition(before, type))
      : [...(ready === "True" ? pressures : []), readyConditions[ready]].map((condition) => ({
          ...condition,
          lastHeartbeatTime: timestamp(now),
        }));
  const conditions = next.reduce((all, condition) => withCondition(all, condition, now), before);
  const stored = cluster.stores.nodes.put({ ...node, status: { ...node.status, conditions } });
  const isTold = ready === "True" ? "NodeReady" : "NodeNotReady";
  const component = ready === "True" ? "kubelet" : "node-controller";
  tell(cluster, stored, [component, "Normal", isTold], `Node ${name} status is now: ${isTold}`);
}

function unknownCondition(before: readonly Condition[], type: string): Condition {
  const known = conditionOf(before, type);
  const said =
    known === undefined
      ? { reason: "NodeStatusNeverUpdated", message: "Kubelet never posted node status." }
      : { reason: "NodeStatusUnknown", message: "Kubelet stopped posting node status." };
  const heartbeat = known?.lastHeartbeatTime;
  return {
    type,
    status: "Unknown",
    ...said,
    ...(heartbeat === undefined ? {} : { lastHeartbeatTime: heartbeat }),
  };
}

/** The kubelet stops: nothing on the node moves, and after the grace period the Node is Unknown. */
export function killKubelet(cluster: Cluster, name: string): void {
  silence(cluster, name);
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
