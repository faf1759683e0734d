import { isEqualJson, isRecord, type JsonRecord, textAt, valueAt } from "../json.ts";
import { timestamp } from "../time.ts";
import { noteOwners } from "./absent-owners.ts";
import { templateGeneration } from "./admission.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import type { Guard } from "./escalation.ts";
import { generatedProblems } from "./job-validation.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { entriesAfterUpdate } from "./managed-fields.ts";
import type { ManagedEntry, Meta, Resource } from "./object-types.ts";
import { type Draft, draftAt, setDefaults } from "./pod-defaults.ts";
import { bad, immutable } from "./problems.ts";
import { type FieldValidation, readBody, readPatched, withWarnings } from "./reading.ts";
import {
  allInvalid,
  failure,
  forbidden,
  ok,
  type Problem,
  refuseName,
  type ServerAnswer,
  staleVersion,
  wrongNamespace,
  wrongUid,
} from "./status.ts";
import { unmodelledWarnings } from "./unmodelled-fields.ts";
import { problemsOfUpdate } from "./validation.ts";
import { refuseGrowth } from "./volume-validation.ts";

export interface Update {
  readonly info: KindInfo;
  readonly current: Resource;
  /** A whole object, as it came or as a patch made it. */
  readonly next: unknown;
  readonly subresource: string | undefined;
  readonly verb: "PUT" | "PATCH";
  readonly isDryRun: boolean;
  readonly validation?: FieldValidation;
  /** Who owns what afterwards, where the write is an apply. */
  readonly entries?: readonly ManagedEntry[];
  /** Says whether the writer may do this to such an object at all. */
  readonly guard?: Guard;
  /** The program that writes, where it said so. */
  readonly manager?: string | undefined;
}

/** Stores the next state of an object, or refuses it. What does not change anything gets no new version. */
export function applyUpdate(cluster: Cluster, update: Update): ServerAnswer {
  const { info, current, verb, validation = "Warn" } = update;
  const reading =
    verb === "PUT" ? readBody(info, update.next, validation) : readPatched(info, update.next, validation);
  if (reading.kind === "refused") return reading.answer;
  const next = reading.draft;
  if (info.plural === "services") keepAllocated(next, current);
  if (info.plural === "namespaces") draftAt(next, "spec").finalizers = valueAt(current.spec, "finalizers");
  const refused = update.guard?.(next, current) ?? refuseIdentity(update, next);
  if (refused !== undefined) return refused;
  const object = withEntries(cluster, update, merge(update, next));
  const problems = update.subresource === "status" ? [] : problemsOfUpdate(info, object, current);
  if (problems.length > 0) return allInvalid(info, current.metadata.name, problems);
  const growth = info.plural === "persistentvolumeclaims" ? refuseGrowth(object, current) : undefined;
  if (growth !== undefined) return forbidden(info, current.metadata.name, growth);
  const isSame =
    object.spec === current.spec &&
    (info.plural !== "namespaces" || isEqualJson(object.metadata.labels, current.metadata.labels));
  const unmodelled = isSame ? [] : unmodelledWarnings(info, object);
  return withWarnings(write(cluster, update, object), [...reading.warnings, ...unmodelled]);
}

/** An update that does not say a service's address keeps it. Source: registry/core/service patchAllocatedValues. */
function keepAllocated(next: Draft, current: Resource): void {
  const spec = draftAt(next, "spec");
  if (spec.type === "ExternalName") return;
  for (const key of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
    const allocated = valueAt(current.spec, key);
    if (allocated !== undefined) setDefaults(spec, { [key]: allocated });
  }
}

function write(cluster: Cluster, { info, current, isDryRun }: Update, object: Resource): ServerAnswer {
  if (isEqualJson(object, current)) return ok(current);
  if (isDryRun) return ok(object);
  const store = storeOf(cluster, info.plural);
  const { metadata } = object;
  const isDone = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  if (isDone && (metadata.finalizers ?? []).length === 0) {
    store.remove(object);
    return ok(object);
  }
  const stored = store.put(object);
  if (!isEqualJson(metadata.ownerReferences ?? [], current.metadata.ownerReferences ?? [])) {
    noteOwners(cluster, info.plural, stored);
  }
  return ok(stored);
}

/** Kinds that no client may overwrite without having read them. Source: AllowUnconditionalUpdate. */
const conditional: readonly string[] = ["leases", "poddisruptionbudgets"];

function refuseIdentity({ info, current, verb }: Update, next: JsonRecord): ServerAnswer | undefined {
  const { name, namespace } = current.metadata;
  const misnamed = refuseName(textAt(next, "metadata", "name") ?? "", name);
  if (misnamed !== undefined) return misnamed;
  if ((textAt(next, "metadata", "namespace") ?? namespace) !== namespace) {
    return wrongNamespace();
  }
  return refuseVersion({ ...current.metadata, info, verb }, next);
}

function refuseVersion(
  current: Pick<Update, "info" | "verb"> & Meta,
  next: JsonRecord,
): ServerAnswer | undefined {
  const { info, name, uid, resourceVersion } = current;
  const said = textAt(next, "metadata", "resourceVersion") ?? "";
  if (!/^\d*$/.test(said)) {
    return failure(500, undefined, `strconv.ParseUint: parsing ${JSON.stringify(said)}: invalid syntax`);
  }
  // zero is no version at all. Source: storage.APIObjectVersioner
  const version = /^0*$/.test(said) ? "" : said;
  if (version === "" && conditional.includes(info.plural)) {
    return allInvalid({ kind: info.plural, group: info.group }, name, [
      bad("metadata.resourceVersion", 0, "must be specified for an update"),
    ]);
  }
  const wanted = textAt(next, "metadata", "uid") ?? uid;
  if (wanted !== uid && current.verb === "PUT") return wrongUid(info, name, wanted, uid);
  if (version !== "" && version !== resourceVersion) return staleVersion(info, name);
  const problems = current.verb === "PATCH" ? fixedProblems(current, next) : [];
  if (problems.length === 0) return undefined;
  // A patch is judged twice, and each cause told twice; in between a Job's labels, which carry its UID.
  const carried = info.plural === "jobs" ? generatedProblems({ uid: wanted, name }, next.spec) : [];
  return allInvalid(info, name, [...problems, ...carried, ...problems]);
}

const fixedMembers = ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;

function fixedProblems(current: Partial<Meta>, next: JsonRecord): readonly Problem[] {
  return fixedMembers.flatMap((member) => {
    const wanted = valueAt(next, "metadata", member);
    return isEqualJson(wanted, current[member]) ? [] : [bad(`metadata.${member}`, wanted, immutable)];
  });
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
  return withGeneration(info, keepParts(object, current), current);
}

/** Ownership is kept from the first apply on, that of nodes from the first change; before that nobody asks for it. */
function withEntries(cluster: Cluster, update: Update, object: Resource): Resource {
  const { current, entries, manager = "unknown" } = update;
  const time = timestamp(cluster.agenda.now);
  const managedFields = entries ?? entriesAfterUpdate(current, object, manager, time);
  return managedFields.length === 0 ? object : { ...object, metadata: { ...object.metadata, managedFields } };
}

/** Source: the PrepareForUpdate functions of pkg/registry. */
function withGeneration(info: KindInfo, object: Resource, current: Resource): Resource {
  if (!info.hasGeneration) return object;
  const isChanged = object.spec !== current.spec;
  const isAnnotated =
    info.plural === "deployments" &&
    !isEqualJson(object.metadata.annotations ?? {}, current.metadata.annotations ?? {});
  const counted = info.plural === "daemonsets" ? countTemplates(object, current) : object;
  if (!isChanged && !isAnnotated) return counted;
  const generation = (current.metadata.generation ?? 1) + 1;
  return { ...counted, metadata: { ...counted.metadata, generation } };
}

/** A DaemonSet counts its templates in an annotation that nobody else can change. */
function countTemplates(object: Resource, current: Resource): Resource {
  const before = Number(current.metadata.annotations?.[templateGeneration] ?? 0);
  const isChanged = !isEqualJson(valueAt(object.spec, "template"), valueAt(current.spec, "template"));
  const count = isChanged ? before + 1 : before;
  if (count === 0) return object;
  const annotations = { ...object.metadata.annotations, [templateGeneration]: String(count) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** Keeps the identity of an unchanged spec, so that controllers can compare by reference. */
function keepParts(object: Resource, current: Resource): Resource {
  return current.spec !== undefined && isEqualJson(object.spec, current.spec)
    ? { ...object, spec: current.spec }
    : object;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
