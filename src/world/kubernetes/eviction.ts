import { textAt, valueAt } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Budget } from "./budget-types.ts";
import type { Cluster } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { markDisrupted } from "./disruption-target.ts";
import { budgetsOfPod } from "./eviction-budgets.ts";
import { kinds } from "./kinds.ts";
import { isFinished, isReady, isTerminating, withCondition } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { type Preconditions, refusePreconditions } from "./preconditions.ts";
import {
  badRequest,
  failure,
  notFound,
  ok,
  type ServerAnswer,
  type StatusCause,
  terminatingNamespace,
  wrongNamespace,
} from "./status.ts";

interface Options extends Preconditions {
  readonly gracePeriodSeconds: number | undefined;
  readonly isDryRun: boolean;
}

/** How long the server itself retries conflicts where it ignores budgets. Source: measured, 20 × 500 ms. */
const conflictRetryMs = 10_200;

/**
 * POST …/pods/NAME/eviction. Source: registry/core/pod/rest/eviction.go; the answers are measured on a
 * real API server, see behaviour.md.
 */
export function evict(
  cluster: Cluster,
  where: { readonly namespace: string; readonly name: string; readonly isDryRun: boolean },
  body: unknown,
): ServerAnswer {
  if ((textAt(body, "metadata", "namespace") || where.namespace) !== where.namespace) return wrongNamespace();
  const namespace = cluster.stores.namespaces.get(undefined, where.namespace);
  if (namespace?.metadata.deletionTimestamp !== undefined) {
    return terminatingNamespace(kinds.pods, where.name, where.namespace);
  }
  const bodyName = textAt(body, "metadata", "name");
  if (bodyName !== undefined && bodyName !== where.name) {
    return badRequest("name in URL does not match name in Eviction object");
  }
  const pod = cluster.stores.pods.get(where.namespace, where.name);
  if (pod === undefined) return notFound(kinds.pods, where.name);
  const options = readOptions(body, where.isDryRun);
  if (pod.status.phase === "Pending" || isFinished(pod) || isTerminating(pod)) {
    const refused = remove(cluster, pod, options);
    if (refused === undefined) return success();
    return options.resourceVersion === undefined ? { ...refused, delayMs: conflictRetryMs } : refused;
  }
  const refused = askBudgets(cluster, pod, options);
  return refused ?? remove(cluster, pod, options) ?? success();
}

function readOptions(body: unknown, isDryRun: boolean): Options {
  const options = valueAt(body, "deleteOptions");
  const grace = valueAt(options, "gracePeriodSeconds");
  const dryRun = valueAt(options, "dryRun");
  return {
    uid: textAt(options, "preconditions", "uid"),
    resourceVersion: textAt(options, "preconditions", "resourceVersion"),
    gracePeriodSeconds: typeof grace === "number" ? grace : undefined,
    isDryRun: isDryRun || (Array.isArray(dryRun) && dryRun.includes("All")),
  };
}

function success(): ServerAnswer {
  return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }, 201);
}

/** The answer that refuses, or undefined where the budget allowed it; the budget is then already spent. */
function askBudgets(cluster: Cluster, pod: Pod, options: Options): ServerAnswer | undefined {
  const budgets = budgetsOfPod(cluster, pod);
  if (budgets.length > 1) {
    const text =
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    return failure(500, undefined, text);
  }
  const budget = budgets[0];
  if (budget === undefined) return undefined;
  if (!isReady(pod) && passesUnhealthy(budget)) return undefined;
  return spend(cluster, budget, pod, options);
}

function passesUnhealthy(budget: Budget): boolean {
  if (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy, desiredHealthy } = budget.status;
  return currentHealthy >= desiredHealthy && desiredHealthy > 0;
}

function spend(cluster: Cluster, budget: Budget, pod: Pod, options: Options): ServerAnswer | undefined {
  const { status, metadata } = budget;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 1)) {
    return tooMany(`The disruption budget ${metadata.name} is still being processed by the server.`, 10);
  }
  if (status.disruptionsAllowed <= 0) {
    return tooMany(whyNotAllowed(budget));
  }
  if (options.isDryRun) return undefined;
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  const { now } = cluster.agenda;
  const exhausted = {
    type: "DisruptionAllowed",
    status: "False",
    reason: "InsufficientPods",
    message: "",
    observedGeneration: status.observedGeneration ?? 0,
  };
  cluster.stores.poddisruptionbudgets.put({
    ...budget,
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...status.disruptedPods, [pod.metadata.name]: timestamp(now) },
      conditions:
        disruptionsAllowed > 0 ? (status.conditions ?? []) : withCondition(status.conditions, exhausted, now),
    },
  });
  return undefined;
}

/** Where the sync failed the counts cannot be trusted; where they are fine the condition tells, if it has words. */
function whyNotAllowed({ metadata, status }: Budget): string {
  const about = `The disruption budget ${metadata.name}`;
  const denial = status.conditions?.find(
    ({ type, status: is, message = "" }) => type === "DisruptionAllowed" && is === "False" && message !== "",
  );
  if (denial?.reason === "SyncFailed") {
    return `${about} does not allow evicting pods currently because it failed sync: ${denial.message}`;
  }
  if (status.currentHealthy <= status.desiredHealthy) {
    return `${about} needs ${status.desiredHealthy} healthy pods and has ${status.currentHealthy} currently`;
  }
  const why = denial === undefined ? "" : ` (${denial.reason}): ${denial.message}`;
  return `${about} does not allow evicting pods currently${why}`;
}

function tooMany(message: string, retryAfterSeconds?: number): ServerAnswer {
  const causes: readonly StatusCause[] = [{ reason: "DisruptionBudget", message }];
  return failure(
    429,
    "TooManyRequests",
    "Cannot evict pod as it would violate the pod's disruption budget.",
    {
      causes,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    },
  );
}

/** Marks and deletes the pod; the answer where a precondition fails. */
function remove(cluster: Cluster, pod: Pod, options: Options): ServerAnswer | undefined {
  const refused = refusePreconditions(kinds.pods, pod, options);
  if (refused !== undefined) return refused;
  if (options.isDryRun) return undefined;
  deletePod(
    cluster,
    markDisrupted(cluster, pod, "EvictionByEvictionAPI", "Eviction API: evicting"),
    options.gracePeriodSeconds,
  );
  return undefined;
}
