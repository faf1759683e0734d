import { valueAt } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { finishPod } from "./deletion.ts";
import { annotatedDelay, isFinished, isReady, isTerminating, withCondition } from "./pod-state.ts";
import type { Condition, Pod } from "./types.ts";

/** Plays the kubelet of every node: starts, readies, completes and stops pods. */
export function watchPodsAsKubelets(cluster: Cluster): void {
  cluster.stores.pods.log.observe((entry) => {
    if (entry.type === "DELETED") forgetPod(cluster, entry.object);
    else planNextStep(cluster, entry.object);
  });
}

/** Also called when a kubelet comes back or an affliction is healed. */
export function planNextStep(cluster: Cluster, pod: Pod): void {
  const node = pod.spec.nodeName;
  if (node === undefined || isFinished(pod) || !isKubeletAlive(cluster, node)) return;
  const { uid } = pod.metadata;
  if (isTerminating(pod)) {
    cluster.agenda.cancel(`kubelet/${uid}`);
    planStop(cluster, pod);
    return;
  }
  const step = nextStep(cluster, pod);
  if (step === undefined) return;
  cluster.agenda.once(`kubelet/${uid}`, step.delay, () => {
    const current = livePod(cluster, uid);
    if (current === undefined) return;
    step.run(current);
  });
}

function forgetPod(cluster: Cluster, pod: Pod): void {
  cluster.agenda.cancel(`kubelet/${pod.metadata.uid}`);
  cluster.agenda.cancel(`stop/${pod.metadata.uid}`);
}

/** The pod as it is now, if its kubelet is alive to act on it. */
function livePod(cluster: Cluster, uid: string): Pod | undefined {
  const pod = cluster.stores.pods.getByUid(uid);
  if (pod?.spec.nodeName === undefined || !isKubeletAlive(cluster, pod.spec.nodeName)) return undefined;
  return pod;
}

function isKubeletAlive(cluster: Cluster, node: string): boolean {
  return !cluster.deadKubelets.has(node) && cluster.stores.nodes.get(undefined, node) !== undefined;
}

interface Step {
  readonly delay: number;
  readonly run: (pod: Pod) => void;
}

function nextStep(cluster: Cluster, pod: Pod): Step | undefined {
  const { timings } = cluster;
  if (pod.status.phase !== "Running") {
    const delay = annotatedDelay(pod, "rig/start-delay", timings.podStartMs);
    return { delay, run: (current) => startPod(cluster, current) };
  }
  if (isJobPod(pod)) {
    const delay = annotatedDelay(pod, "rig/run-time", timings.jobRunMs);
    return { delay, run: (current) => completePod(cluster, current) };
  }
  if (isReady(pod)) return undefined;
  const affliction = cluster.afflictionOf(pod);
  if (affliction === "neverReady" || pod.metadata.annotations?.["rig/never-ready"] !== undefined) {
    return undefined;
  }
  const delay = annotatedDelay(pod, "rig/ready-delay", timings.podReadyMs);
  if (affliction === "crashLoop") return { delay, run: (current) => crashPod(cluster, current) };
  return { delay, run: (current) => readyPod(cluster, current) };
}

function isJobPod(pod: Pod): boolean {
  return pod.metadata.ownerReferences?.some((owner) => owner.kind === "Job") === true;
}

function planStop(cluster: Cluster, pod: Pod): void {
  if (cluster.afflictionOf(pod) === "stuckTerminating") return;
  if (pod.metadata.annotations?.["rig/stuck-terminating"] !== undefined) return;
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
  const delay = Math.min(annotatedDelay(pod, "rig/stop-time", cluster.timings.podStopMs), graceMs);
  const { uid } = pod.metadata;
  cluster.agenda.once(`stop/${uid}`, delay, () => {
    const current = livePod(cluster, uid);
    if (current !== undefined) finishPod(cluster, current);
  });
}

function startPod(cluster: Cluster, pod: Pod): void {
  const now = cluster.agenda.now;
  const startsReady = isJobPod(pod);
  let conditions: readonly Condition[] = pod.status.conditions ?? [];
  for (const type of ["PodReadyToStartContainers", "Initialized"]) {
    conditions = withCondition(conditions, { type, status: "True" }, now);
  }
  cluster.stores.pods.put({
    ...pod,
    status: {
      ...pod.status,
      phase: "Running",
      startTime: timestamp(now),
      podIP: podAddress(pod.metadata.uid),
      conditions: withReadiness(conditions, startsReady, now),
      containerStatuses: containerStatuses(pod, { ready: startsReady, restartCount: 0 }),
    },
  });
}

function podAddress(uid: string): string {
  const number = Number.parseInt(uid.slice(0, 4), 16);
  return `100.96.${number >> 8}.${number & 255}`;
}

export function withReadiness(
  conditions: readonly Condition[],
  ready: boolean,
  now: number,
): readonly Condition[] {
  const state = ready ? { status: "True" } : { status: "False", reason: "ContainersNotReady" };
  return ["ContainersReady", "Ready"].reduce<readonly Condition[]>(
    (all, type) => withCondition(all, { type, ...state }, now),
    conditions,
  );
}

interface ContainerState {
  readonly ready: boolean;
  readonly restartCount: number;
  readonly waiting?: { readonly reason: string; readonly message: string };
  readonly terminated?: { readonly exitCode: number; readonly reason: string };
}

function containerStatuses(pod: Pod, state: ContainerState): readonly unknown[] {
  const { ready, restartCount, waiting, terminated } = state;
  return pod.spec.containers.map((container) => ({
    name: container.name,
    image: container.image,
    imageID: "",
    ready,
    started: waiting === undefined && terminated === undefined,
    restartCount,
    state:
      waiting === undefined ? (terminated === undefined ? { running: {} } : { terminated }) : { waiting },
  }));
}

function readyPod(cluster: Cluster, pod: Pod): void {
  cluster.stores.pods.put({
    ...pod,
    status: {
      ...pod.status,
      conditions: withReadiness(pod.status.conditions ?? [], true, cluster.agenda.now),
      containerStatuses: containerStatuses(pod, { ready: true, restartCount: 0 }),
    },
  });
}

function completePod(cluster: Cluster, pod: Pod): void {
  cluster.stores.pods.put({
    ...pod,
    status: {
      ...pod.status,
      phase: "Succeeded",
      conditions: withReadiness(pod.status.conditions ?? [], false, cluster.agenda.now),
      containerStatuses: containerStatuses(pod, {
        ready: false,
        restartCount: 0,
        terminated: { exitCode: 0, reason: "Completed" },
      }),
    },
  });
}

function restartsOf(pod: Pod): number {
  const count = valueAt(pod.status.containerStatuses?.[0], "restartCount");
  return typeof count === "number" ? count : 0;
}

const crashBackoffMs = 20_000;

function crashPod(cluster: Cluster, pod: Pod): void {
  const { uid } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "c";
  const message = `back-off 20s restarting failed container=${container} pod=${pod.metadata.name}_${pod.metadata.namespace ?? ""}(${uid})`;
  cluster.stores.pods.put({
    ...pod,
    status: {
      ...pod.status,
      containerStatuses: containerStatuses(pod, {
        ready: false,
        restartCount: restartsOf(pod) + 1,
        waiting: { reason: "CrashLoopBackOff", message },
      }),
    },
  });
  cluster.agenda.cancel(`kubelet/${uid}`);
  cluster.agenda.once(`kubelet/${uid}`, crashBackoffMs, () => {
    const current = livePod(cluster, uid);
    if (current !== undefined && !isTerminating(current)) planNextStep(cluster, current);
  });
}
