import { isEqualJson } from "../json.ts";
import { judgeBudget } from "./budget-math.ts";
import type { Budget, BudgetStatus } from "./budget-types.ts";
import { type Cluster, draw } from "./cluster.ts";
import type { Labels } from "./object-types.ts";
import { changesCounts, isReady, withCondition } from "./pod-state.ts";

/** Plays the disruption controller: budget statuses follow pods, owners and specs, with a lag. */
export function runBudgets(cluster: Cluster): void {
  const { poddisruptionbudgets, pods, deployments, statefulsets } = cluster.stores;
  poddisruptionbudgets.log.observe(({ type, object }) => {
    if (type !== "DELETED") wake(cluster, object, cluster.timings.budgetLagMs);
  });
  pods.log.observe((entry) => {
    const { object, previous } = entry;
    // by its new labels alone: a budget that they leave is not told. Source: measured; disruption.go updatePod
    const { ownerReferences, labels } = object.metadata;
    const isSame =
      ownerReferences === previous?.metadata.ownerReferences && labels === previous?.metadata.labels;
    if (!changesCounts(entry) && isSame) return;
    const turnedReady = previous !== undefined && !isReady(previous) && isReady(object);
    const lag = turnedReady ? cluster.timings.budgetReadyLagMs : cluster.timings.budgetLagMs;
    const namespace = object.metadata.namespace ?? "";
    wakeMatching(cluster, namespace, labels, lag);
  });
  for (const store of [deployments, statefulsets]) {
    store.log.observe(({ object, previous }) => {
      if (object.spec === previous?.spec) return;
      const labels = object.spec.template.metadata?.labels;
      wakeMatching(cluster, object.metadata.namespace ?? "", labels, cluster.timings.budgetLagMs);
    });
  }
}

/** Looks at every budget again. */
export function wakeAllBudgets(cluster: Cluster): void {
  for (const budget of cluster.stores.poddisruptionbudgets.all())
    wake(cluster, budget, cluster.timings.budgetLagMs);
}

function wakeMatching(
  cluster: Cluster,
  namespace: string,
  labels: Labels | undefined,
  lag: readonly [number, number],
): void {
  for (const budget of cluster.stores.poddisruptionbudgets.selecting(namespace, labels)) {
    wake(cluster, budget, lag);
  }
}

function wake(cluster: Cluster, budget: Budget, lag: readonly [number, number]): void {
  wakeAfter(cluster, budget.metadata.uid, draw(cluster, lag));
}

function wakeAfter(cluster: Cluster, uid: string, delay: number): void {
  cluster.agenda.once(`budget/${uid}`, delay, () => {
    const budget = cluster.stores.poddisruptionbudgets.getByUid(uid);
    if (budget !== undefined && !cluster.held.has("budgets")) reconcile(cluster, budget);
  });
}

function reconcile(cluster: Cluster, budget: Budget): void {
  const verdict = judgeBudget(cluster, budget);
  if (verdict.kind === "failed") {
    write(cluster, budget, { ...budget.status, disruptionsAllowed: 0 }, "SyncFailed", verdict.message);
    return;
  }
  const { status, recheckAt } = verdict;
  write(cluster, budget, status, status.disruptionsAllowed > 0 ? "SufficientPods" : "InsufficientPods", "");
  if (recheckAt !== undefined) {
    wakeAfter(cluster, budget.metadata.uid, Math.max(1, recheckAt - cluster.agenda.now));
  }
}

function write(
  cluster: Cluster,
  budget: Budget,
  status: BudgetStatus,
  reason: string,
  message: string,
): void {
  // a sync that failed has observed nothing
  const { observedGeneration = 0 } = status;
  const condition = {
    type: "DisruptionAllowed",
    status: reason === "SufficientPods" ? "True" : "False",
    reason,
    message,
    ...(observedGeneration === 0 ? {} : { observedGeneration }),
  };
  const conditions = withCondition(budget.status.conditions, condition, cluster.agenda.now);
  const next = { ...status, conditions };
  if (isEqualJson(budget.status, next)) return;
  cluster.stores.poddisruptionbudgets.put({ ...budget, status: next });
}
