import { forgetDeadline, isExpiring, watchDeadline } from "./active-deadline.ts";
import { type Cluster, tell } from "./cluster.ts";
import { isCrashed, restartsOf } from "./container-states.ts";
import { finishPod } from "./deletion.ts";
import { isKubeletAlive } from "./kubelet-life.ts";
import {
  closedGates,
  crashedPod,
  creatingPod,
  endedPod,
  readyPod,
  runningPod,
  withReadiness,
} from "./pod-progress.ts";
import { annotatedDelay, conditionOf, isFinished, isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

/** Plays the kubelet of every node: starts, readies, completes, restarts and stops pods. */
export function watchPodsAsKubelets(cluster: Cluster): void {
  cluster.stores.pods.log.observe((entry) => {
    if (entry.type === "DELETED") forgetPod(cluster, entry.object);
    else planNextStep(cluster, entry.object);
  });
}

/** Also called when a kubelet comes back or an affliction is healed. */
export function planNextStep(cluster: Cluster, pod: Pod): void {
  const node = pod.spec.nodeName;
  if (node === undefined || !isKubeletAlive(cluster, node)) return;
  const { uid } = pod.metadata;
  if (isTerminating(pod)) {
    cluster.agenda.cancel(`kubelet/${uid}`);
    planStop(cluster, pod);
    return;
  }
  if (isFinished(pod)) return;
  if (pod.spec.activeDeadlineSeconds !== undefined) {
    watchDeadline(cluster, pod);
    if (isExpiring(cluster, pod)) return;
  }
  const step = nextStep(cluster, pod);
  if (step === undefined) return;
  cluster.agenda.once(`kubelet/${uid}`, step.delay, () => {
    const current = livePod(cluster, uid);
    if (current === undefined) return;
    const next = step.run(current);
    if (next !== current) cluster.stores.pods.put(next);
  });
}

function forgetPod(cluster: Cluster, pod: Pod): void {
  cluster.agenda.cancel(`kubelet/${pod.metadata.uid}`);
  cluster.agenda.cancel(`stop/${pod.metadata.uid}`);
  if (pod.spec.activeDeadlineSeconds !== undefined) forgetDeadline(cluster, pod);
}

/** The pod as it is now, if its kubelet is alive to act on it. */
function livePod(cluster: Cluster, uid: string): Pod | undefined {
  const pod = cluster.stores.pods.getByUid(uid);
  if (pod?.spec.nodeName === undefined || !isKubeletAlive(cluster, pod.spec.nodeName)) return undefined;
  return pod;
}

interface Step {
  /** ms */
  readonly delay: number;
  /** Gives the pod as it is then; the same pod: nothing changes. */
  readonly run: (pod: Pod) => Pod;
}

/** Below this a start is over before anybody could have seen it: the state before it is left out. */
const visibleStartMs = 1000;

function nextStep(cluster: Cluster, pod: Pod): Step | undefined {
  const { timings } = cluster;
  if (pod.status.phase !== "Running") return nextStart(cluster, pod);
  const affliction = cluster.afflictionOf(pod);
  if (isCrashed(pod)) {
    const restarts = restartsOf(pod);
    return { delay: backoffMs(restarts), run: (current) => runningPod(cluster, current, false, restarts) };
  }
  if (isJobPod(pod) && affliction !== "crashLoop") {
    const delay = annotatedDelay(pod, "rig/run-time", timings.jobRunMs);
    return { delay, run: (current) => endedPod(cluster, current, 0) };
  }
  const isUp = conditionOf(pod.status.conditions, "ContainersReady")?.status === "True";
  if (isUp && pod.spec.readinessGates !== undefined) return obeyGates(cluster, pod);
  if (isReady(pod) && !isJobPod(pod)) return undefined;
  if (affliction === "neverReady" || pod.metadata.annotations?.["rig/never-ready"] !== undefined) {
    return undefined;
  }
  const delay = annotatedDelay(pod, "rig/ready-delay", timings.podReadyMs);
  if (affliction === "crashLoop") return { delay, run: (current) => crash(cluster, current) };
  return { delay, run: (current) => readyPod(cluster, current) };
}

function nextStart(cluster: Cluster, pod: Pod): Step {
  const delay = annotatedDelay(pod, "rig/start-delay", cluster.timings.podStartMs);
  const start: Step = { delay, run: (current) => runningPod(cluster, current, isJobPod(current), 0) };
  if (delay < visibleStartMs || pod.status.startTime !== undefined) return start;
  return { delay: 0, run: (current) => creatingPod(cluster, current) };
}

/** A gate that opens or closes is seen at once. */
function obeyGates(cluster: Cluster, pod: Pod): Step | undefined {
  if (isReady(pod) === (closedGates(pod).length === 0)) return undefined;
  const run = (current: Pod): Pod => ({
    ...current,
    status: { ...current.status, conditions: withReadiness(current, true, cluster.agenda.now) },
  });
  return { delay: 10, run };
}

/** Source: pkg/kubelet MaxCrashLoopBackOff and initial back-off. */
function backoffMs(restarts: number): number {
  return Math.min(300_000, 10_000 * 2 ** Math.max(0, restarts - 1));
}

/** Where nothing restarts it, a failed container fails its pod. */
function crash(cluster: Cluster, pod: Pod): Pod {
  if (pod.spec.restartPolicy === "Never") return endedPod(cluster, pod, 1);
  const next = crashedPod(cluster, pod, backoffMs(restartsOf(pod) + 1));
  const container = pod.spec.containers[0]?.name ?? "c";
  const message = `Back-off restarting failed container ${container} in pod ${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  tell(cluster, pod, ["kubelet", "Warning", "BackOff"], message);
  return next;
}

function isJobPod(pod: Pod): boolean {
  return pod.metadata.ownerReferences?.some((owner) => owner.kind === "Job") === true;
}

function planStop(cluster: Cluster, pod: Pod): void {
  if (pod.metadata.deletionGracePeriodSeconds === 0) return;
  if (cluster.afflictionOf(pod) === "stuckTerminating") return;
  if (pod.metadata.annotations?.["rig/stuck-terminating"] !== undefined) return;
  const graceMs = (pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000;
  const delay = Math.min(annotatedDelay(pod, "rig/stop-time", cluster.timings.podStopMs), graceMs);
  const { uid } = pod.metadata;
  if (!cluster.agenda.isPending(`stop/${uid}`)) {
    const container = pod.spec.containers[0]?.name ?? "c";
    tell(cluster, pod, ["kubelet", "Normal", "Killing"], `Stopping container ${container}`);
  }
  cluster.agenda.once(`stop/${uid}`, delay, () => {
    const current = livePod(cluster, uid);
    if (current !== undefined) finishPod(cluster, stoppedPod(cluster, current));
  });
}

/** What a finalizer keeps of a stopped pod says that it has failed; nobody sees that of others. */
function stoppedPod(cluster: Cluster, pod: Pod): Pod {
  if (!isJobPod(pod) || isFinished(pod) || pod.metadata.finalizers === undefined) return pod;
  return cluster.stores.pods.put(endedPod(cluster, pod, 143));
}
