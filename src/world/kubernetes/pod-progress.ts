import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { containerStatuses, restartsOf } from "./container-states.ts";
import type { Condition } from "./object-types.ts";
import { conditionOf, withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

/** The states a kubelet brings a pod to: each gives the pod as it is then. */

/** ContainersReady and Ready; Ready also asks the readiness gates. Source: pkg/kubelet/status GeneratePodReadyCondition. */
export function withReadiness(pod: Pod, ready: boolean, now: number): readonly Condition[] {
  const reason = unreadyReason(pod.status.phase);
  const containers: Condition = ready
    ? { type: "ContainersReady", status: "True" }
    : { type: "ContainersReady", status: "False", reason };
  const conditions = withCondition(pod.status.conditions, containers, now);
  const closed = ready ? closedGates(pod) : [];
  if (closed.length === 0) return withCondition(conditions, { ...containers, type: "Ready" }, now);
  const message = closed.join(", ");
  const next = { type: "Ready", status: "False", reason: "ReadinessGatesNotReady", message };
  return withCondition(conditions, next, now);
}

function unreadyReason(phase: string | undefined): string {
  if (phase === "Succeeded") return "PodCompleted";
  return phase === "Failed" ? "PodFailed" : "ContainersNotReady";
}

/** Why gates keep a pod from being Ready; empty where none does. */
export function closedGates({ spec, status }: Pod): readonly string[] {
  if (spec.readinessGates === undefined) return [];
  return spec.readinessGates.flatMap(({ conditionType }) => {
    const gate = conditionOf(status.conditions, conditionType);
    const what = `corresponding condition of pod readiness gate "${conditionType}"`;
    if (gate === undefined) return [`${what} does not exist.`];
    return gate.status === "True"
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
}

/** Accepted by its node, its containers still on their way. */
export function creatingPod(cluster: Cluster, pod: Pod): Pod {
  const { now } = cluster.agenda;
  let conditions = pod.status.conditions ?? [];
  for (const type of ["PodReadyToStartContainers", "Initialized"]) {
    conditions = withCondition(conditions, { type, status: "True" }, now);
  }
  const status = {
    ...pod.status,
    phase: "Pending",
    startTime: timestamp(now),
    ...addressesOf(cluster, pod),
    conditions,
    containerStatuses: containerStatuses(pod, { kind: "creating" }, 0),
  };
  const started = { ...pod, status };
  return { ...started, status: { ...status, conditions: withReadiness(started, false, now) } };
}

/** Started, from new or after a crash. */
export function runningPod(cluster: Cluster, pod: Pod, ready: boolean, restarts: number): Pod {
  const { now } = cluster.agenda;
  const base = pod.status.startTime === undefined ? creatingPod(cluster, pod) : pod;
  const state = { kind: "running", ready, sinceMs: now } as const;
  return {
    ...base,
    status: {
      ...base.status,
      phase: "Running",
      conditions: withReadiness(base, ready, now),
      containerStatuses: containerStatuses(base, state, restarts),
    },
  };
}

export function readyPod(cluster: Cluster, pod: Pod): Pod {
  const { now } = cluster.agenda;
  const since = pod.status.startTime === undefined ? now : Date.parse(pod.status.startTime);
  const state = { kind: "running", ready: true, sinceMs: since } as const;
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: withReadiness(pod, true, now),
      containerStatuses: containerStatuses(pod, state, restartsOf(pod)),
    },
  };
}

/** Its containers have ended and are not started again. */
export function endedPod(cluster: Cluster, pod: Pod, exitCode: number): Pod {
  const { now } = cluster.agenda;
  const phase = exitCode === 0 ? "Succeeded" : "Failed";
  const ended = { ...pod, status: { ...pod.status, phase } };
  const state = { kind: "ended", atMs: now, exitCode } as const;
  return {
    ...ended,
    status: {
      ...ended.status,
      conditions: withReadiness(ended, false, now),
      containerStatuses: containerStatuses(pod, state, restartsOf(pod)),
    },
  };
}

/** Its containers have failed and wait for their next start. */
export function crashedPod(cluster: Cluster, pod: Pod, backoffMs: number): Pod {
  const { now } = cluster.agenda;
  const { name, namespace = "", uid } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "c";
  const message = `back-off ${duration(backoffMs)} restarting failed container=${container} pod=${name}_${namespace}(${uid})`;
  return {
    ...pod,
    status: {
      ...pod.status,
      conditions: withReadiness(pod, false, now),
      containerStatuses: containerStatuses(pod, { kind: "crashed", atMs: now, message }, restartsOf(pod) + 1),
    },
  };
}

/** As Go prints it: "10s", "2m40s". */
function duration(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

type Addresses = Required<Pick<Pod["status"], "podIP" | "podIPs">> & Pick<Pod["status"], "hostIP">;

/** What a kubelet says of where a pod is reached. */
export function addressesOf(cluster: Cluster, pod: Pod): Addresses {
  const node = cluster.stores.nodes.get(undefined, pod.spec.nodeName ?? "");
  const hostIP = node?.status.addresses?.find(({ type }) => type === "InternalIP")?.address;
  const podIP = pod.spec.hostNetwork === true && hostIP !== undefined ? hostIP : podAddress(pod.metadata.uid);
  const podIPs = [{ ip: podIP }];
  return hostIP === undefined ? { podIP, podIPs } : { hostIP, podIP, podIPs };
}

function podAddress(uid: string): string {
  const number = Number.parseInt(uid.slice(0, 4), 16);
  return `100.96.${number >> 8}.${number & 255}`;
}
