import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Deployment, Job, ReplicaSet, StatefulSet } from "#world/kubernetes/workload-types.ts";
import type { World } from "#world/world.ts";

/*
 * What the servers themselves know, read by their own indexes. Nothing here knows dextre's rules.
 */

export interface Owner {
  readonly kind: "Deployment" | "StatefulSet" | "ReplicaSet" | "Job";
  readonly uid: string;
  readonly name: string;
  readonly replicas: number;
  readonly minReadySeconds: number;
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((one) => one.type === "Ready" && one.status === "True") ?? false;
}

/** Ready and not terminating. */
export const isServing = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && isReady(pod);

export const isFinished = (pod: Pod): boolean =>
  pod.status.phase === "Succeeded" || pod.status.phase === "Failed";

/** Neither a DaemonSet's, nor static, nor over. */
export function isEvictable(pod: Pod): boolean {
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  if (pod.metadata.ownerReferences?.some((owner) => owner.kind === "DaemonSet")) return false;
  return !isFinished(pod);
}

/** By its own stamp, in ms since epoch; infinite where it is not Ready. */
export function readySince(pod: Pod): number {
  const ready = pod.status.conditions?.find((one) => one.type === "Ready");
  return isReady(pod) ? Date.parse(ready?.lastTransitionTime ?? "") || 0 : Number.POSITIVE_INFINITY;
}

/** Of the kind that is moved last from a node. */
export const isSystem = ({ metadata, spec }: Pod): boolean =>
  metadata.namespace === "kube-system" || spec.priorityClassName?.startsWith("system-") === true;

const controllerOf = ({ metadata }: Pod) => metadata.ownerReferences?.find((one) => one.controller === true);

const isJobPod = (pod: Pod): boolean => controllerOf(pod)?.kind === "Job";

/** The Job that the pod works for. */
export function jobOf(pod: Pod, { cluster: { stores } }: World): Job | undefined {
  const reference = controllerOf(pod);
  return reference?.kind === "Job" ? stores.jobs.getByUid(reference.uid) : undefined;
}

export const isJobOver = ({ status }: Job): boolean =>
  status.conditions?.some(
    (one) => (one.type === "Complete" || one.type === "Failed") && one.status === "True",
  ) ?? false;

/** What an eviction takes and a replacement gives back: a pod that serves; of a Job one that works, or has. */
export const isCounted = (pod: Pod): boolean =>
  isJobPod(pod)
    ? pod.status.phase === "Succeeded" ||
      (pod.status.phase === "Running" && pod.metadata.deletionTimestamp === undefined)
    : isServing(pod);

/** Whoever has to get back what is taken: a workload, or a Job that is not over. */
export function creditorOf(pod: Pod, world: World): Owner | undefined {
  const job = jobOf(pod, world);
  return job ? describeJob(job) : ownerOf(pod, world);
}

function describeJob(job: Job | undefined): Owner | undefined {
  if (!job || isJobOver(job)) return undefined;
  const { name, uid } = job.metadata;
  return { kind: "Job", uid, name, replicas: job.spec.parallelism ?? 1, minReadySeconds: 0 };
}

/** The workload that counts a pod among its replicas; undefined for Jobs, DaemonSets and bare pods. */
export function ownerOf(pod: Pod, world: World): Owner | undefined {
  const { stores } = world.cluster;
  const reference = controllerOf(pod);
  if (reference?.kind === "StatefulSet")
    return describe("StatefulSet", stores.statefulsets.getByUid(reference.uid));
  if (reference?.kind !== "ReplicaSet") return undefined;
  const set = stores.replicasets.getByUid(reference.uid);
  const above = set?.metadata.ownerReferences?.find((one) => one.kind === "Deployment");
  if (above) return describe("Deployment", stores.deployments.getByUid(above.uid));
  return describe("ReplicaSet", set);
}

function describe(
  kind: "Deployment" | "StatefulSet" | "ReplicaSet",
  object: Deployment | StatefulSet | ReplicaSet | undefined,
): Owner | undefined {
  if (!object) return undefined;
  const { name, uid } = object.metadata;
  const { replicas, minReadySeconds } = object.spec;
  return { kind, uid, name, replicas, minReadySeconds: minReadySeconds ?? 0 };
}

/** The owner as it is now; undefined where it is gone. */
export function ownerNow(owner: Owner, world: World): Owner | undefined {
  const { stores } = world.cluster;
  if (owner.kind === "StatefulSet") return describe(owner.kind, stores.statefulsets.getByUid(owner.uid));
  if (owner.kind === "Job") return describeJob(stores.jobs.getByUid(owner.uid));
  if (owner.kind === "Deployment") return describe(owner.kind, stores.deployments.getByUid(owner.uid));
  return describe(owner.kind, stores.replicasets.getByUid(owner.uid));
}

export function podsOf(owner: Owner, world: World): readonly Pod[] {
  const { pods, replicasets } = world.cluster.stores;
  if (owner.kind !== "Deployment") return pods.ownedBy(owner.uid);
  return replicasets.ownedBy(owner.uid).flatMap((set) => pods.ownedBy(set.metadata.uid));
}
