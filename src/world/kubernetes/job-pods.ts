import { type Cluster, tell } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { createPod, type PodDraft } from "./pod-factory.ts";
import { isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import type { Job } from "./workload-types.ts";

/** Holds a Job's pod until the Job has counted it. */
const trackingFinalizer = "batch.kubernetes.io/job-tracking";

export function isUncounted(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) === true;
}

/** Waits for a pod to have ended before it replaces it, rather than replacing it as soon as it is deleted. */
export function replacesOnlyFailed(job: Job): boolean {
  return job.spec.podReplacementPolicy === "Failed";
}

/** A deleted pod counts as failed, unless the Job waits for its end. Source: isPodFailed. */
export function hasFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === "Failed") return true;
  return !replacesOnlyFailed(job) && isTerminating(pod) && pod.status.phase !== "Succeeded";
}

/** Lets a counted pod go; one that is deleted and has ended disappears with that. */
export function releasePod(cluster: Cluster, pod: Pod): void {
  const current = cluster.stores.pods.getByUid(pod.metadata.uid);
  if (current === undefined || !isUncounted(current)) return;
  const { finalizers = [], ...metadata } = current.metadata;
  const left = finalizers.filter((name) => name !== trackingFinalizer);
  if (left.length === 0 && isTerminating(current) && metadata.deletionGracePeriodSeconds === 0) {
    cluster.stores.pods.remove(current);
    return;
  }
  const kept = left.length === 0 ? metadata : { ...metadata, finalizers: left };
  cluster.stores.pods.put({ ...current, metadata: kept });
}

/** What differs between the pods of a Job: those of an indexed one. */
type Draft = Pick<PodDraft, "template" | "labels"> & { readonly generateName: string };

export function startJobPod(cluster: Cluster, job: Job, draft?: Draft): void {
  const { name, uid, namespace = "default" } = job.metadata;
  const { generateName, template, labels } = draft ?? {
    generateName: `${name}-`,
    template: job.spec.template,
  };
  const pod = createPod(cluster, job, {
    generateName,
    namespace,
    template,
    labels: {
      ...labels,
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
    },
    finalizers: [trackingFinalizer],
  });
  tell(cluster, job, ["job-controller", "Normal", "SuccessfulCreate"], `Created pod: ${pod.metadata.name}`);
}

export function deleteJobPod(cluster: Cluster, job: Job, pod: Pod): void {
  deletePod(cluster, pod);
  tell(cluster, job, ["job-controller", "Normal", "SuccessfulDelete"], `Deleted pod: ${pod.metadata.name}`);
}
