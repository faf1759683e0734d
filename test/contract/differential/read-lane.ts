import { at, type Body, list } from "../api.ts";
import { type Lane, nodesOf } from "./lane.ts";

/** All objects of a lane, by kind; nodes too. */
export type LaneState = Readonly<Record<string, readonly Body[]>>;

export async function readLane(lane: Lane): Promise<LaneState> {
  const lists = await Promise.all(
    [...lane.plurals].map(async (plural) => [plural, await list(lane, plural)] as const),
  );
  return { ...Object.fromEntries(lists), nodes: await nodesOf(lane) };
}

/** Why a lane is not settled yet; undefined where it is. */
export function unsettled(state: LaneState, { ended }: Pick<Lane, "ended">): string | undefined {
  const nodes = state.nodes ?? [];
  if (nodes.some(({ metadata }) => ended.has(metadata.uid)))
    return "an instance has ended and its node stands";
  if (nodes.length !== 2) return `${nodes.length} nodes`;
  for (const node of nodes) {
    if (conditionStatus(node, "Ready") !== "True") return `node ${node.metadata.name} is not Ready`;
    const taints = (node.spec?.taints ?? []) as readonly { readonly key: string }[];
    const isTainted = taints.some(({ key }) => key === "node.kubernetes.io/unschedulable");
    if (isTainted !== (node.spec?.unschedulable === true)) return `taints of ${node.metadata.name}`;
  }
  for (const pod of state.pods ?? []) {
    const why = unsettledPod(pod, nodes);
    if (why !== undefined) return `pod ${pod.metadata.name}: ${why}`;
  }
  for (const kind of ["deployments", "replicasets", "statefulsets", "daemonsets"]) {
    for (const owner of state[kind] ?? []) {
      const why = unsettledOwner(kind, owner, state);
      if (why !== undefined) return `${kind} ${owner.metadata.name}: ${why}`;
    }
  }
  for (const job of state.jobs ?? []) {
    const why = unsettledJob(job, state);
    if (why !== undefined) return `job ${job.metadata.name}: ${why}`;
  }
  for (const budget of state.poddisruptionbudgets ?? []) {
    if (isBehind(budget, state.pods ?? [])) return `budget ${budget.metadata.name}`;
  }
  return undefined;
}

/** Its status is not yet what the pods are; one whose sync fails stays as it is. */
function isBehind({ metadata, spec, status }: Body, pods: readonly Body[]): boolean {
  if (at(status, "conditions", 0, "reason") === "SyncFailed") return false;
  if (at(status, "observedGeneration") !== metadata.generation) return true;
  const labels = Object.entries(
    (at(spec, "selector", "matchLabels") ?? {}) as Readonly<Record<string, string>>,
  );
  const disrupted = Object.keys((at(status, "disruptedPods") ?? {}) as object);
  const healthy = pods.filter(
    (pod) =>
      labels.every(([key, value]) => pod.metadata.labels?.[key] === value) &&
      pod.metadata.deletionTimestamp === undefined &&
      conditionStatus(pod, "Ready") === "True" &&
      !disrupted.includes(pod.metadata.name),
  );
  return at(status, "currentHealthy") !== healthy.length;
}

function conditionStatus(object: Body, type: string): string | undefined {
  const conditions = (at(object.status, "conditions") ?? []) as readonly { type: string; status: string }[];
  return conditions.find((condition) => condition.type === type)?.status;
}

function unsettledPod(pod: Body, nodes: readonly Body[]): string | undefined {
  const { deletionTimestamp, annotations = {} } = pod.metadata;
  if (deletionTimestamp !== undefined)
    return annotations["rig/stuck-terminating"] === undefined ? "it ends" : undefined;
  const phase = at(pod.status, "phase");
  if (phase === "Succeeded" || phase === "Failed") return undefined;
  const node = pod.spec?.nodeName;
  if (node === undefined)
    return conditionStatus(pod, "PodScheduled") === "False" ? undefined : "not yet scheduled";
  if (!nodes.some(({ metadata }) => metadata.name === node)) return "its node is gone";
  if (phase !== "Running") return "it starts";
  if (annotations["rig/never-ready"] !== undefined) return undefined;
  return conditionStatus(pod, "Ready") === "True" ? undefined : "not Ready yet";
}

function ownedBy(owner: Body, state: LaneState, plural = "pods"): readonly Body[] {
  return (state[plural] ?? []).filter(({ metadata }) =>
    (metadata.ownerReferences ?? []).some(({ uid }) => uid === owner.metadata.uid),
  );
}

/** Pods that stay as they are until somebody does something. */
function hasStuckPods({ pods = [] }: LaneState): boolean {
  return pods.some(
    (pod) =>
      pod.metadata.annotations?.["rig/never-ready"] !== undefined ||
      conditionStatus(pod, "PodScheduled") === "False",
  );
}

/** A pod that was let go keeps the name that the StatefulSet would give to its next one. */
function hasLostName(set: Body, state: LaneState): boolean {
  const own = ownedBy(set, state);
  return (state.pods ?? []).some(
    (pod) => pod.metadata.name.startsWith(`${set.metadata.name}-`) && !own.includes(pod),
  );
}

function count(owner: Body, field: string): number {
  return Number(at(owner.status, field) ?? 0);
}

function readyOf(pods: readonly Body[]): number {
  return pods.filter((pod) => conditionStatus(pod, "Ready") === "True").length;
}

function unsettledOwner(kind: string, owner: Body, state: LaneState): string | undefined {
  if (owner.metadata.deletionTimestamp !== undefined) return "it is being deleted";
  if (count(owner, "observedGeneration") !== owner.metadata.generation) return "not observed";
  if (kind === "daemonsets") return unsettledDaemons(owner, state);
  // what is Ready is available when minReadySeconds are over
  if (count(owner, "availableReplicas") !== count(owner, "readyReplicas"))
    return "pods are not available yet";
  // a rollout or an ordered start may stand still for ever behind a pod that never gets Ready
  const isComplete = count(owner, "replicas") === owner.spec?.replicas;
  const isStuck = hasStuckPods(state) || (kind === "statefulsets" && hasLostName(owner, state));
  if (!isComplete && (kind === "replicasets" || !isStuck)) return "replicas are missing";
  if (kind === "deployments") return unsettledRollout(owner, state, isStuck);
  const pods = ownedBy(owner, state);
  if (count(owner, "readyReplicas") !== readyOf(pods)) return "status is behind";
  return count(owner, "replicas") === pods.length ? undefined : "pods are missing";
}

function unsettledDaemons(owner: Body, state: LaneState): string | undefined {
  const pods = ownedBy(owner, state);
  // those on a node that was closed after them are scheduled where they no longer would be, and stay
  const misplaced = count(owner, "numberMisscheduled");
  if (pods.length !== count(owner, "desiredNumberScheduled") + misplaced) return "pods are missing";
  if (count(owner, "numberReady") < readyOf(pods) - misplaced) return "status is behind";
  const isAvailable = count(owner, "numberAvailable") === count(owner, "numberReady");
  return isAvailable ? undefined : "pods are not available yet";
}

function unsettledRollout(owner: Body, state: LaneState, isStuck: boolean): string | undefined {
  const sets = ownedBy(owner, state, "replicasets");
  for (const field of ["replicas", "readyReplicas", "availableReplicas"]) {
    const sum = sets.reduce((total, set) => total + count(set, field), 0);
    if (count(owner, field) !== sum) return `${field} is behind`;
  }
  const isOver = isStuck || owner.spec?.paused === true;
  return isOver || count(owner, "updatedReplicas") === count(owner, "replicas") ? undefined : "it rolls out";
}

function unsettledJob(job: Body, state: LaneState): string | undefined {
  if (conditionStatus(job, "Complete") === "True" || conditionStatus(job, "Failed") === "True")
    return undefined;
  const standing = ownedBy(job, state).filter(
    ({ status }) => !["Succeeded", "Failed"].includes(String(at(status, "phase"))),
  );
  // its controller looks at changes of pods a second later, and writes what it saw then
  const active = standing.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const counts = {
    active: active.length,
    ready: readyOf(active),
    terminating: standing.length - active.length,
  };
  const isBehind = Object.entries(counts).some(([field, number]) => count(job, field) !== number);
  if (isBehind) return "status is behind";
  if (job.spec?.suspend === true) return undefined;
  const wanted = Number(job.spec?.parallelism ?? 1);
  const left = Number(job.spec?.completions ?? wanted) - count(job, "succeeded");
  return standing.length === Math.min(wanted, left) ? undefined : "pods are missing";
}
