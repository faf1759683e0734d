import type { Budget, BudgetStatus } from "./budget-types.ts";
import type { Cluster } from "./cluster.ts";
import type { Labels } from "./object-types.ts";
import { isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { controllerUidOf } from "./store-index.ts";

/** How long an eviction that the controller has not seen yet counts. Source: disruption.go DeletionTimeout. */
const disruptedPodLifeMs = 120_000;

/** What the disruption controller would write, or why it cannot. */
export type BudgetVerdict =
  | { readonly kind: "computed"; readonly status: BudgetStatus; readonly recheckAt: number | undefined }
  | { readonly kind: "failed"; readonly message: string };

export function podsOfBudget(cluster: Cluster, budget: Budget): readonly Pod[] {
  return cluster.stores.pods.matching(budget.metadata.namespace ?? "", budget.spec.selector);
}

/** Source: pkg/controller/disruption/disruption.go trySync. */
export function judgeBudget(cluster: Cluster, budget: Budget): BudgetVerdict {
  const pods = podsOfBudget(cluster, budget);
  const expected = expectedPods(cluster, budget, pods);
  if (typeof expected === "string") return { kind: "failed", message: expected };
  const desiredHealthy = desiredOf(budget, expected);
  const { disruptedPods, recheckAt } = keepDisrupted(cluster, budget, pods);
  const currentHealthy = pods.filter(
    (pod) => !isTerminating(pod) && disruptedPods[pod.metadata.name] === undefined && isReady(pod),
  ).length;
  const spare = currentHealthy - desiredHealthy;
  const disruptionsAllowed = expected <= 0 || spare <= 0 ? 0 : spare;
  const status = {
    observedGeneration: budget.metadata.generation ?? 1,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
  };
  return { kind: "computed", status, recheckAt };
}

function desiredOf(budget: Budget, expected: number): number {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable !== undefined) return Math.max(0, expected - scaled(maxUnavailable, expected));
  return scaled(minAvailable ?? 0, expected);
}

/** Percentages round up. */
function scaled(value: number | string, whole: number): number {
  return typeof value === "number" ? value : Math.ceil((Number.parseFloat(value) * whole) / 100);
}

/** The number of pods there should be; a text where it cannot be told. */
function expectedPods(cluster: Cluster, budget: Budget, pods: readonly Pod[]): number | string {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable === undefined && typeof minAvailable !== "string") return pods.length;
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerUidOf(pod);
    // pods that nobody manages are left out
    if (owner === undefined) continue;
    const scale = scaleOf(cluster, owner);
    if (scale === undefined)
      return noScale(cluster, owner) ?? `found no controllers for pod "${pod.metadata.name}"`;
    scales.set(scale.uid, scale.replicas);
  }
  let total = 0;
  for (const replicas of scales.values()) total += replicas;
  return total;
}

/** Why there is no scale where the owner is there. Source: disruption.go getScaleController */
function noScale({ stores }: Cluster, uid: string): string | undefined {
  const found = [stores.daemonsets, stores.jobs].find((store) => store.getByUid(uid) !== undefined);
  if (found === undefined) return undefined;
  return `${found.kind.plural}.${found.kind.group} does not implement the scale subresource`;
}

/** Replicas of the root controller; DaemonSets and Jobs have no scale. */
function scaleOf(
  cluster: Cluster,
  uid: string,
): { readonly uid: string; readonly replicas: number } | undefined {
  const { replicasets, statefulsets, deployments } = cluster.stores;
  const set = replicasets.getByUid(uid);
  if (set === undefined) {
    const stateful = statefulsets.getByUid(uid);
    return stateful === undefined ? undefined : { uid, replicas: stateful.spec.replicas };
  }
  const root = controllerUidOf(set);
  const deployment = root === undefined ? undefined : deployments.getByUid(root);
  return deployment === undefined
    ? { uid, replicas: set.spec.replicas }
    : { uid: deployment.metadata.uid, replicas: deployment.spec.replicas };
}

/** Entries of disruptedPods whose pod is still there, not terminating, and younger than two minutes. */
function keepDisrupted(
  cluster: Cluster,
  budget: Budget,
  pods: readonly Pod[],
): { readonly disruptedPods: Labels; readonly recheckAt: number | undefined } {
  const disruptedPods: Record<string, string> = {};
  let recheckAt: number | undefined;
  for (const pod of pods) {
    const since = budget.status.disruptedPods?.[pod.metadata.name];
    if (since === undefined || isTerminating(pod)) continue;
    const end = Date.parse(since) + disruptedPodLifeMs;
    if (end <= cluster.agenda.now) continue;
    disruptedPods[pod.metadata.name] = since;
    recheckAt = Math.min(recheckAt ?? end, end);
  }
  return { disruptedPods, recheckAt };
}
