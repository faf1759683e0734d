import type { KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, textAt, valueAt } from "../json.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { deleteObject, objectAfterDelete, type Propagation, removedPod } from "./deletion.ts";
import type { Plural } from "./kind-types.ts";
import type { KindInfo } from "./kinds.ts";
import { type Lister, parseFilter } from "./listing.ts";
import type { Resource } from "./object-types.ts";
import type { Pod } from "./pod-types.ts";
import { type Preconditions, refusePreconditions } from "./preconditions.ts";
import { bad, unsupported } from "./problems.ts";
import {
  allInvalid,
  badRequest,
  forbidden,
  methodNotAllowed,
  notFound,
  ok,
  type Problem,
  type ServerAnswer,
} from "./status.ts";

interface Options extends Preconditions {
  readonly gracePeriodSeconds: number | undefined;
  readonly propagation: Propagation;
  readonly isDryRun: boolean;
}

/** Source: the admission plugin NamespaceLifecycle. */
const immortal: readonly string[] = ["default", "kube-system", "kube-public"];

/** DELETE of one object. */
export function deleteOne(
  cluster: Cluster,
  info: KindInfo,
  wanted: { readonly name: string; readonly current: Resource | undefined },
  request: KubernetesRequest,
): ServerAnswer {
  const options = readOptions(info, request);
  if ("status" in options) return options;
  const { current } = wanted;
  if (info.plural === "namespaces" && immortal.includes(wanted.name)) {
    return forbidden(info, wanted.name, "this namespace may not be deleted");
  }
  if (current === undefined) return notFound(info, wanted.name);
  return refusePreconditions(info, current, options) ?? remove(cluster, info, current, options);
}

/** DELETE of everything in a namespace, or of a cluster-wide kind, that the selectors choose. */
export function deleteCollection(
  cluster: Cluster,
  lister: Lister,
  { info, namespace }: { readonly info: KindInfo; readonly namespace: string | undefined },
  request: KubernetesRequest,
): ServerAnswer {
  if ((info.isNamespaced && namespace === undefined) || info.plural === "namespaces")
    return methodNotAllowed();
  const options = readOptions(info, request);
  if ("status" in options) return options;
  const listed = lister.list(info, namespace, request);
  if (listed.status !== 200) return listed;
  const chosen = parseFilter(info, namespace, request.query ?? {});
  if (typeof chosen !== "function") return chosen;
  const store = storeOf(cluster, info.plural);
  const all = namespace === undefined ? store.all() : store.inNamespace(namespace);
  for (const item of all.filter(chosen)) remove(cluster, info, item, options);
  return listed;
}

const policies: readonly string[] = ["Background", "Foreground", "Orphan"] satisfies Propagation[];

function isPropagation(value: string): value is Propagation {
  return policies.includes(value);
}

function readOptions({ plural }: KindInfo, { query, body }: KubernetesRequest): Options | ServerAnswer {
  const options = copyJson(body);
  const grace = valueAt(options, "gracePeriodSeconds") ?? query?.gracePeriodSeconds;
  const gracePeriodSeconds = grace === undefined || grace === null ? undefined : Number(grace);
  if (gracePeriodSeconds !== undefined && !Number.isInteger(gracePeriodSeconds)) {
    return badRequest("gracePeriodSeconds must be a whole number");
  }
  const policy = textAt(options, "propagationPolicy") ?? query?.propagationPolicy;
  const orphans = valueAt(options, "orphanDependents") ?? query?.orphanDependents;
  // a Job leaves its pods behind where nothing is said. Source: measured; registry/batch/job/strategy.go
  const isOrphaning = plural === "jobs" && orphans === undefined;
  const propagation =
    policy ?? (orphans === true || orphans === "true" || isOrphaning ? "Orphan" : "Background");
  const dryRun = valueAt(options, "dryRun") ?? (query?.dryRun === undefined ? [] : [query.dryRun]);
  const problems = optionProblems(propagation, policy !== undefined && orphans !== undefined, dryRun);
  if (problems.length > 0 || !isPropagation(propagation)) {
    return allInvalid({ kind: "DeleteOptions", group: "meta.k8s.io" }, "", problems);
  }
  return {
    uid: textAt(options, "preconditions", "uid"),
    resourceVersion: textAt(options, "preconditions", "resourceVersion"),
    gracePeriodSeconds,
    propagation,
    isDryRun: Array.isArray(dryRun) && dryRun.includes("All"),
  };
}

/** Source: metav1 validation.ValidateDeleteOptions. */
function optionProblems(propagation: string, isDouble: boolean, dryRun: unknown): readonly Problem[] {
  const isKnown = isPropagation(propagation);
  const isDry = Array.isArray(dryRun) && dryRun.every((one) => one === "All");
  const both = "orphanDependents and deletionPropagation cannot be both set";
  return [
    ...(isDouble ? [bad("propagationPolicy", propagation, both)] : []),
    ...(isKnown
      ? []
      : [unsupported("propagationPolicy", propagation, ["Foreground", "Background", "Orphan", "nil"])]),
    ...(isDry ? [] : [unsupported("dryRun", dryRun, ["All"])]),
  ];
}

/** Kinds whose deletion answers with the object although nothing is left of it. */
const returned: readonly Plural[] = [
  "services",
  "serviceaccounts",
  "persistentvolumes",
  "persistentvolumeclaims",
];

function remove(cluster: Cluster, info: KindInfo, current: Resource, options: Options): ServerAnswer {
  const { gracePeriodSeconds, propagation, isDryRun } = options;
  const next = objectAfterDelete(cluster, info.plural, current, gracePeriodSeconds, propagation);
  if (!isDryRun) deleteObject(cluster, info.plural, current, gracePeriodSeconds, propagation);
  const { namespace, name, uid } = current.metadata;
  const pod = info.plural === "pods" && next === "gone" ? (current as Pod) : undefined;
  if (pod !== undefined) return ok(removedPod(cluster, pod));
  if (next === "gone" && !returned.includes(info.plural)) {
    const group = info.group === "" ? {} : { group: info.group };
    const details = { name, ...group, kind: info.plural, uid };
    return ok({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details });
  }
  const left = isDryRun ? undefined : storeOf(cluster, info.plural).get(namespace, name);
  return ok(left ?? (next === "gone" ? current : next));
}
