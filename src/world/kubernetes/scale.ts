import type { KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, isRecord, textAt, valueAt } from "../json.ts";
import type { Cluster } from "./cluster.ts";
import type { Plural } from "./kind-types.ts";
import type { KindInfo } from "./kinds.ts";
import type { LabelSelector, Resource } from "./object-types.ts";
import { applyPatch } from "./patching.ts";
import { negative } from "./problems.ts";
import { allInvalid, badRequest, methodNotAllowed, ok, refuseName, type ServerAnswer } from "./status.ts";
import { applyUpdate } from "./updating.ts";

const scalable: readonly Plural[] = ["deployments", "replicasets", "statefulsets"];

export function isScalable(plural: Plural): boolean {
  return scalable.includes(plural);
}

/** GET, PUT and PATCH of …/scale: the replicas of a workload as an autoscaling/v1 Scale. */
export function answerScale(
  cluster: Cluster,
  info: KindInfo,
  current: Resource,
  request: KubernetesRequest,
): ServerAnswer {
  const scale = scaleOf(current);
  switch (request.method) {
    case "GET":
      return ok(scale);
    case "PUT":
      return writeScale(cluster, info, current, copyJson(request.body), request);
    case "PATCH": {
      const patched = applyPatch("Scale", scale, request);
      if (patched.kind === "refused") return patched.answer;
      return writeScale(cluster, info, current, patched.object, request);
    }
    default:
      return methodNotAllowed();
  }
}

function scaleOf(object: Resource): Readonly<Record<string, unknown>> {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object.spec, "replicas");
  const selector = valueAt(object.spec, "selector") as LabelSelector | undefined;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 || replicas === undefined ? {} : { replicas },
    status: { replicas: valueAt(object.status, "replicas") ?? 0, selector: selectorText(selector) },
  };
}

/** A selector as the query parameter labelSelector writes it. */
function selectorText(selector: LabelSelector | undefined): string {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector?.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    switch (operator) {
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default:
        return `${key} ${operator.toLowerCase()} (${values.toSorted().join(",")})`;
    }
  });
  return [...labels, ...expressions].toSorted().join(",");
}

function writeScale(
  cluster: Cluster,
  info: KindInfo,
  current: Resource,
  wanted: unknown,
  request: KubernetesRequest,
): ServerAnswer {
  const { name } = current.metadata;
  if (!isRecord(wanted)) return badRequest("the body is no Scale");
  const misnamed = refuseName(textAt(wanted, "metadata", "name") ?? "", name);
  if (misnamed !== undefined) return misnamed;
  const replicas = valueAt(wanted, "spec", "replicas") ?? 0;
  const problems = negative("spec.replicas", replicas);
  if (problems.length > 0) return allInvalid({ kind: "Scale", group: "autoscaling" }, name, problems);
  const answer = applyUpdate(cluster, {
    info,
    current,
    next: nextState(current, wanted, replicas),
    subresource: undefined,
    verb: request.method === "PUT" ? "PUT" : "PATCH",
    isDryRun: request.query?.dryRun === "All",
  });
  return answer.status === 200 ? { ...answer, body: scaleOf(answer.body as Resource) } : answer;
}

/** The scale's version and UID are preconditions; without them the current ones hold. */
function nextState(current: Resource, wanted: unknown, replicas: unknown): unknown {
  const uid = textAt(wanted, "metadata", "uid") ?? current.metadata.uid;
  const resourceVersion = textAt(wanted, "metadata", "resourceVersion") ?? current.metadata.resourceVersion;
  const spec = isRecord(current.spec) ? current.spec : {};
  return { ...current, metadata: { ...current.metadata, uid, resourceVersion }, spec: { ...spec, replicas } };
}
