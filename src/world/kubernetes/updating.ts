import { isEqualJson, isRecord, type JsonRecord, textAt, valueAt } from "../json.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { badRequest, invalid, ok, type ServerAnswer, staleVersion, wrongUid } from "./status.ts";
import type { Meta, Resource } from "./types.ts";

export interface Update {
  readonly info: KindInfo;
  readonly current: Resource;
  readonly next: unknown;
  readonly subresource: string | undefined;
  readonly verb: "PUT" | "PATCH";
  readonly isDryRun: boolean;
}

/** Stores the next state of an object, or refuses it. What does not change anything gets no new version. */
export function applyUpdate(cluster: Cluster, update: Update): ServerAnswer {
  const { info, current, next } = update;
  if (!isRecord(next) || !isRecord(next.metadata)) return badRequest(`the body is no ${info.kind}`);
  const refused = refuseIdentity(update, next) ?? refuseFields(update, next);
  if (refused !== undefined) return refused;
  const object = merge(update, next);
  if (isEqualJson(object, current)) return ok(current);
  if (update.isDryRun) return ok(object);
  const store = storeOf(cluster, info.plural);
  const { metadata } = object;
  const isDone = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  if (isDone && (metadata.finalizers ?? []).length === 0) {
    store.remove(object);
    return ok(object);
  }
  return ok(store.put(object));
}

function refuseIdentity({ info, current, verb }: Update, next: JsonRecord): ServerAnswer | undefined {
  const { name, uid, resourceVersion } = current.metadata;
  if (textAt(next, "metadata", "name") !== name) {
    return badRequest("the name of the object does not match the name on the URL");
  }
  const version = textAt(next, "metadata", "resourceVersion") ?? "";
  if (version === "" && info.plural === "leases") {
    const message = "Invalid value: 0: must be specified for an update";
    return invalid(info, name, { field: "metadata.resourceVersion", reason: "FieldValueInvalid", message });
  }
  if (version !== "" && version !== resourceVersion) return staleVersion(info, name);
  const wanted = textAt(next, "metadata", "uid") ?? uid;
  if (wanted === uid) return undefined;
  if (verb === "PUT") return wrongUid(info, name, wanted, uid);
  const message = `Invalid value: "${wanted}": field is immutable`;
  return invalid(info, name, { field: "metadata.uid", reason: "FieldValueInvalid", message });
}

/** Fields that may not change. */
function refuseFields({ info, current, subresource }: Update, next: JsonRecord): ServerAnswer | undefined {
  if (subresource !== undefined) return undefined;
  const { name } = current.metadata;
  if (info.plural === "nodes") {
    const before = textAt(current, "spec", "providerID") ?? "";
    if (before === "" || textAt(next, "spec", "providerID") === before) return undefined;
    const message = 'Forbidden: node updates may not change providerID except from "" to valid';
    return invalid(info, name, { field: "spec.providerID", reason: "FieldValueForbidden", message });
  }
  if (info.plural === "pods" && textAt(next, "spec", "nodeName") !== textAt(current, "spec", "nodeName")) {
    const message = "Forbidden: pod updates may not change fields other than a few";
    return invalid(info, name, { field: "spec", reason: "FieldValueForbidden", message });
  }
  const selector = valueAt(current, "spec", "selector");
  if (info.group === "apps" && !isEqualJson(valueAt(next, "spec", "selector"), selector)) {
    const message = "Invalid value: field is immutable";
    return invalid(info, name, { field: "spec.selector", reason: "FieldValueInvalid", message });
  }
  return undefined;
}

/** What only the server sets is taken from the current object; /status writes only the status. */
function merge({ info, current, subresource }: Update, next: JsonRecord): Resource {
  if (subresource === "status") return { ...current, status: next.status ?? {} };
  const wanted = isRecord(next.metadata) ? next.metadata : {};
  const metadata: Record<string, unknown> = { ...current.metadata };
  for (const key of ["labels", "annotations", "ownerReferences", "finalizers"]) {
    const value = wanted[key];
    if (value === undefined || value === null || isEmpty(value)) delete metadata[key];
    else metadata[key] = value;
  }
  const status = info.hasStatus ? current.status : next.status;
  const object = {
    ...next,
    apiVersion: apiVersionOf(info),
    kind: info.kind,
    metadata: metadata as Record<string, unknown> & Meta,
    ...(status === undefined ? {} : { status }),
  };
  if (!info.hasGeneration || isEqualJson(next.spec, current.spec)) return keepParts(object, current);
  const generation = (current.metadata.generation ?? 1) + 1;
  return { ...object, metadata: { ...object.metadata, generation } };
}

/** Keeps the identity of an unchanged spec, so that controllers can compare by reference. */
function keepParts(object: Resource, current: Resource): Resource {
  return isEqualJson(object.spec, current.spec) && current.spec !== undefined
    ? { ...object, spec: current.spec }
    : object;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
