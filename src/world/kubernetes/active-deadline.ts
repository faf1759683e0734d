import { type Cluster, tell } from "./cluster.ts";
import { isKubeletAlive } from "./kubelet-life.ts";
import { endedPod } from "./pod-progress.ts";
import { annotatedDelay, isFinished, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";

const reason = "DeadlineExceeded";
const message = "Pod was active on the node longer than the specified deadline";

/** A pod that its node has had for longer than it allows is stopped. Source: pkg/kubelet/active_deadline.go. */
export function watchDeadline(cluster: Cluster, pod: Pod): void {
  const { now } = cluster.agenda;
  const due = dueOf(pod);
  if (due === undefined || isFinished(pod)) return;
  const { uid } = pod.metadata;
  if (isExpiring(cluster, pod)) return;
  cluster.agenda.once(`deadline/${uid}`, Math.max(0, due - now), () => {
    const current = livePod(cluster, uid);
    if (current !== undefined && (dueOf(current) ?? now) <= cluster.agenda.now) stop(cluster, current);
  });
}

/** Is it being stopped for its deadline? Nothing else is then done with it. */
export function isExpiring(cluster: Cluster, { metadata }: Pod): boolean {
  return cluster.agenda.isPending(`expire/${metadata.uid}`);
}

export function forgetDeadline(cluster: Cluster, { metadata }: Pod): void {
  cluster.agenda.cancel(`deadline/${metadata.uid}`);
  cluster.agenda.cancel(`expire/${metadata.uid}`);
}

/** ms since epoch; undefined: it has no deadline, or has not begun. */
function dueOf({ spec, status }: Pod): number | undefined {
  const { activeDeadlineSeconds } = spec;
  if (activeDeadlineSeconds === undefined || status.startTime === undefined) return undefined;
  return Date.parse(status.startTime) + activeDeadlineSeconds * 1000;
}

function livePod(cluster: Cluster, uid: string): Pod | undefined {
  const pod = cluster.stores.pods.getByUid(uid);
  if (pod?.spec.nodeName === undefined || isTerminating(pod) || isFinished(pod)) return undefined;
  return isKubeletAlive(cluster, pod.spec.nodeName) ? pod : undefined;
}

/** It has failed once its containers have stopped, not before. Source: pkg/kubelet/status mergePodStatus. */
function stop(cluster: Cluster, pod: Pod): void {
  const { uid } = pod.metadata;
  cluster.agenda.cancel(`kubelet/${uid}`);
  tell(cluster, pod, ["kubelet", "Normal", reason], message);
  const container = pod.spec.containers[0]?.name ?? "c";
  tell(cluster, pod, ["kubelet", "Normal", "Killing"], `Stopping container ${container}`);
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const delay = Math.min(annotatedDelay(pod, "rig/stop-time", cluster.timings.podStopMs), graceMs);
  cluster.agenda.once(`expire/${uid}`, delay, () => {
    const current = livePod(cluster, uid);
    if (current === undefined) return;
    const { status, ...failed } = endedPod(cluster, current, 143);
    cluster.stores.pods.put({ ...failed, status: { ...status, reason, message } });
  });
}
