import { isRecord, type JsonRecord, textAt, valueAt } from "../json.ts";
import { type Cluster, newMeta } from "./cluster.ts";
import { apiVersionOf, type KindInfo, kinds } from "./kinds.ts";
import { completePodSpec } from "./pod-factory.ts";
import { badRequest, failure, forbidden, invalid, notFound, type ServerAnswer } from "./status.ts";
import type { Labels, OwnerReference, PodSpec, Resource } from "./types.ts";

/** Turns the body of a POST into an object to store, or refuses it. */
export function admitNew(
  cluster: Cluster,
  info: KindInfo,
  namespace: string | undefined,
  body: unknown,
): { readonly object: Resource } | { readonly refused: ServerAnswer } {
  const refused = refuseBody(cluster, info, namespace, body);
  if (refused !== undefined) return { refused };
  const record = body as JsonRecord;
  const generateName = textAt(record, "metadata", "generateName");
  const given = textAt(record, "metadata", "name");
  if (given === undefined && generateName === undefined) {
    const message = "Required value: name or generateName is required";
    return { refused: invalid(info, "", { field: "metadata.name", reason: "FieldValueRequired", message }) };
  }
  const metadata = newMeta(cluster, info, {
    ...draftMeta(record),
    name: given ?? `${generateName}${cluster.random.suffix(5)}`,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const keepsStatus = !info.hasStatus || info.plural === "nodes";
  const { status, ...rest } = record;
  const draft = { ...rest, ...(keepsStatus && status !== undefined ? { status } : {}) };
  const object = { ...draft, apiVersion: apiVersionOf(info), kind: info.kind, metadata };
  return { object: withDefaults(info, object) };
}

function refuseBody(
  cluster: Cluster,
  info: KindInfo,
  namespace: string | undefined,
  body: unknown,
): ServerAnswer | undefined {
  if (!isRecord(body)) return badRequest("the body of a create must be an object");
  const { kind, apiVersion } = body;
  if (
    (kind !== undefined && kind !== info.kind) ||
    (apiVersion !== undefined && apiVersion !== apiVersionOf(info))
  ) {
    return badRequest(
      `${String(kind)} in version "${String(apiVersion)}" cannot be handled as a ${info.kind}`,
    );
  }
  const bodyNamespace = textAt(body, "metadata", "namespace");
  if (bodyNamespace !== undefined && bodyNamespace !== namespace) {
    return badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
  if (namespace === undefined) {
    return info.isNamespaced
      ? failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")
      : undefined;
  }
  return refuseNamespace(cluster, info, namespace, textAt(body, "metadata", "name") ?? "");
}

function refuseNamespace(
  cluster: Cluster,
  info: KindInfo,
  namespace: string,
  name: string,
): ServerAnswer | undefined {
  const place = cluster.stores.namespaces.get(undefined, namespace);
  if (place === undefined) return notFound(kinds.namespaces, namespace);
  if (place.metadata.deletionTimestamp === undefined) return undefined;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  return forbidden(info, name, why, [
    { reason: "NamespaceTerminating", message, field: "metadata.namespace" },
  ]);
}

function draftMeta(body: JsonRecord): {
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly generateName?: string;
} {
  const metadata = isRecord(body.metadata) ? body.metadata : {};
  const kept: Record<string, unknown> = {};
  for (const key of ["labels", "annotations", "ownerReferences", "finalizers", "generateName"]) {
    if (metadata[key] !== undefined && metadata[key] !== null) kept[key] = metadata[key];
  }
  return kept;
}

/** Fills in what the API server defaults, as far as the world reads it. */
function withDefaults(info: KindInfo, object: Resource): Resource {
  const spec = isRecord(object.spec) ? object.spec : {};
  switch (info.plural) {
    case "pods": {
      const podSpec = completePodSpec({ ...spec, containers: listAt(spec, "containers") } as PodSpec);
      return { ...object, spec: podSpec, status: { phase: "Pending" } };
    }
    case "nodes":
      return { ...object, spec, status: isRecord(object.status) ? object.status : {} };
    case "namespaces":
      return { ...object, spec, status: { phase: "Active" } };
    case "deployments":
    case "replicasets":
    case "statefulsets":
      return { ...object, spec: { ...spec, replicas: spec.replicas ?? 1 }, status: { replicas: 0 } };
    case "poddisruptionbudgets":
      return { ...object, spec, status: emptyBudgetStatus };
    case "persistentvolumeclaims":
      return { ...object, spec, status: { phase: "Pending" } };
    case "daemonsets":
    case "jobs":
    case "persistentvolumes":
    case "horizontalpodautoscalers":
      return { ...object, spec, status: {} };
    case "configmaps":
    case "events":
    case "services":
    case "leases":
    case "priorityclasses":
    case "controllerrevisions":
    case "serviceaccounts":
    case "secrets":
      return object;
  }
}

const emptyBudgetStatus = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

function listAt(value: unknown, key: string): readonly unknown[] {
  const list = valueAt(value, key);
  return Array.isArray(list) ? list : [];
}
