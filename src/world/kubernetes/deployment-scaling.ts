import type { Cluster } from "./cluster.ts";
import {
  desiredOf,
  isRollingUpdate,
  maxReplicasOf,
  maxSurge,
  type ReplicaSets,
  scaleSet,
  totalReplicas,
} from "./deployment-sets.ts";
import type { Deployment, ReplicaSet } from "./workload-types.ts";

/** Has the Deployment another size than its ReplicaSets were scaled for? */
export function isScaling(deployment: Deployment, { current, old }: ReplicaSets): boolean {
  return [...old, ...(current === undefined ? [] : [current])].some((set) => {
    const desired = desiredOf(set);
    return set.spec.replicas > 0 && desired !== undefined && desired !== deployment.spec.replicas;
  });
}

/**
 * Brings the ReplicaSets to the Deployment's size, each by its share where several have pods, so that a
 * rollout goes neither faster nor slower for it. Source: scale in deployment/sync.go.
 */
export function scaleByShare(cluster: Cluster, deployment: Deployment, { current, old }: ReplicaSets): void {
  const all = current === undefined ? old : [...old, current];
  const active = all.filter(({ spec }) => spec.replicas > 0);
  const only = active.length === 0 ? (current ?? old.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) {
    scaleSet(cluster, deployment, only, deployment.spec.replicas);
  } else if (current !== undefined && isSaturated(deployment, current)) {
    for (const set of active) if (set !== current) scaleSet(cluster, deployment, set, 0);
  } else if (isRollingUpdate(deployment)) {
    shareOut(cluster, deployment, active);
  }
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const { replicas } = deployment.spec;
  return (
    set.spec.replicas === replicas &&
    desiredOf(set) === replicas &&
    (set.status.availableReplicas ?? 0) === replicas
  );
}

function shareOut(cluster: Cluster, deployment: Deployment, active: readonly ReplicaSet[]): void {
  const { replicas } = deployment.spec;
  const allowed = replicas > 0 ? replicas + maxSurge(deployment) : 0;
  const wanted = allowed - totalReplicas(active);
  const byAge = wanted > 0 ? active.toReversed() : active;
  const sorted = byAge.toSorted((left, right) => right.spec.replicas - left.spec.replicas);
  let given = 0;
  const sizes = sorted.map((set) => {
    const share = wanted === 0 ? 0 : shareOf(deployment, set, wanted, given);
    given += share;
    return set.spec.replicas + share;
  });
  for (const [index, set] of sorted.entries()) {
    const rest = index === 0 ? wanted - given : 0;
    scaleSet(cluster, deployment, set, Math.max(0, (sizes[index] ?? 0) + rest), true);
  }
}

/** Source: GetReplicaSetProportion, getReplicaSetFraction. */
function shareOf(deployment: Deployment, set: ReplicaSet, wanted: number, given: number): number {
  const own = set.spec.replicas;
  if (own === 0 || wanted === given) return 0;
  const { replicas } = deployment.spec;
  const before = maxReplicasOf(set) ?? deployment.status.replicas ?? replicas;
  const fraction =
    replicas === 0 ? -own : Math.round((own * (replicas + maxSurge(deployment))) / Math.max(1, before)) - own;
  return wanted > 0 ? Math.min(fraction, wanted - given) : Math.max(fraction, wanted - given);
}
