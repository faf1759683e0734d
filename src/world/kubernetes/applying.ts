import type { KubernetesRequest } from "#gateway/wire.ts";
import { copyJson, isEqualJson, isRecord, type JsonRecord, textAt } from "../json.ts";
import { timestamp } from "../time.ts";
import type { Cluster } from "./cluster.ts";
import { DecodeError, decode } from "./decoding.ts";
import {
  type FieldPath,
  fieldSetOf,
  fieldText,
  fieldValue,
  holds,
  merged,
  owns,
  pathsOf,
  removed,
} from "./field-sets.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { isLastApplied, withLastApplied } from "./last-applied.ts";
import { disowned, entriesBeforeApply, entry, ownable } from "./managed-fields.ts";
import type { ManagedEntry, Resource } from "./object-types.ts";
import { required } from "./problems.ts";
import { allInvalid, badRequest, failure, type ServerAnswer } from "./status.ts";

/** What applying a configuration makes of an object, or the answer that refuses it. */
export type Applied =
  | { readonly kind: "applied"; readonly object: JsonRecord; readonly entries: readonly ManagedEntry[] }
  | { readonly kind: "refused"; readonly answer: ServerAnswer };

interface Application {
  readonly info: KindInfo;
  readonly config: JsonRecord;
  readonly manager: string;
  readonly isForced: boolean;
  readonly time: string;
}

/** Server-side apply onto an object, or onto nothing. Source: apimachinery managedfields, structured-merge-diff. */
export function applyConfiguration(
  cluster: Cluster,
  info: KindInfo,
  current: Resource | undefined,
  request: KubernetesRequest,
): Applied {
  const manager = request.query?.fieldManager ?? "";
  const body = copyJson(request.body);
  const refused = refuseApply(info, manager, body);
  if (refused !== undefined) return { kind: "refused", answer: refused };
  const application = {
    info,
    config: isRecord(body) ? body : {},
    manager,
    isForced: request.query?.force === "true",
    time: timestamp(cluster.agenda.now),
  };
  if (current !== undefined) return applyOnto(application, current);
  const set = fieldSetOf(info.kind, ownable(application.config));
  const entries = [entry(manager, "Apply", { apiVersion: apiVersionOf(info) }, set, application.time)];
  return { kind: "applied", object: application.config, entries };
}

function refuseApply(info: KindInfo, manager: string, body: unknown): ServerAnswer | undefined {
  if (manager === "") {
    const problem = required("fieldManager", "is required for apply patch");
    return allInvalid({ kind: "PatchOptions", group: "meta.k8s.io" }, "", [problem]);
  }
  if (!isRecord(body)) return badRequest("error decoding YAML: the body is no object");
  if (textAt(body, "kind") !== info.kind || textAt(body, "apiVersion") !== apiVersionOf(info)) {
    const [first = "", second] = (textAt(body, "apiVersion") ?? "").split("/");
    const version = second === undefined ? `/${first}` : `${first}/${second}`;
    return badRequest(`invalid object type: ${version}, Kind=${textAt(body, "kind") ?? ""}`);
  }
  const metadata = isRecord(body.metadata) ? body.metadata : {};
  return metadata.managedFields === undefined
    ? refuseUnknown(info, body)
    : badRequest("metadata.managedFields must be nil");
}

/** Unlike other writes an apply cannot drop what it does not know. */
function refuseUnknown(info: KindInfo, body: JsonRecord): ServerAnswer | undefined {
  try {
    const { unknownFields } = decode(info.kind, body);
    if (unknownFields.length === 0) return undefined;
    const texts = unknownFields.map((field) => `.${field}: field not declared in schema`);
    const list = texts.length === 1 ? texts[0] : `errors:\n  ${texts.join("\n  ")}`;
    const place = `${textAt(body, "metadata", "namespace") ?? ""}/${textAt(body, "metadata", "name") ?? ""}`;
    const what = `${place}; ${apiVersionOf(info)}, Kind=${info.kind}`;
    return failure(500, undefined, `failed to create typed patch object (${what}): ${list}`);
  } catch (error) {
    if (error instanceof DecodeError) return failure(500, undefined, error.message);
    throw error;
  }
}

function applyOnto({ info, config, manager, isForced, time }: Application, current: Resource): Applied {
  const wanted = ownable(config);
  const set = fieldSetOf(info.kind, wanted);
  const entries = entriesBeforeApply(current, time);
  const isOwn = (one: ManagedEntry): boolean => one.manager === manager && one.operation === "Apply";
  const others = entries.filter((one) => !isOwn(one));
  const changed = pathsOf(set).filter(
    (path) => !isEqualJson(fieldValue({ ...current }, path), fieldValue(wanted, path)),
  );
  const conflicts = others.flatMap((one) =>
    changed.filter((path) => path.at(-1) !== "." && owns(one.fieldsV1, path)).map((path) => ({ one, path })),
  );
  const isTakenOver = isLastApplied(current, manager);
  const refusing = isForced ? [] : conflicts.filter(({ path }) => !isTakenOver(path));
  if (refusing.length > 0) return { kind: "refused", answer: conflictAnswer(refusing) };
  const last = entries.find(isOwn);
  const dropped = pathsOf(last?.fieldsV1 ?? {}).filter((path) => !holds(set, path));
  const orphaned = dropped.filter((path) => !others.some((one) => holds(one.fieldsV1, stem(path))));
  const object = orphaned.reduce<unknown>(
    (left, path) => removed(left, path),
    merged(info.kind, { ...current }, config),
  );
  const isSame = last !== undefined && isEqualJson(last.fieldsV1, set);
  const own = isSame ? last : entry(manager, "Apply", { apiVersion: apiVersionOf(info) }, set, time);
  return {
    kind: "applied",
    object: withLastApplied(isRecord(object) ? object : { ...current }, config, manager),
    entries: [
      own,
      ...disowned(
        others,
        conflicts.map(({ path }) => path),
      ),
    ],
  };
}

/** An item stays as long as somebody owns anything of it. */
function stem(path: FieldPath): FieldPath {
  return path.at(-1) === "." ? path.slice(0, -1) : path;
}

function conflictAnswer(
  conflicts: readonly { readonly one: ManagedEntry; readonly path: FieldPath }[],
): ServerAnswer {
  const managers = [...new Set(conflicts.map(({ one }) => managerText(one)))];
  const causes = conflicts.map(({ one, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${managerText(one)}`,
    field: fieldText(path),
  }));
  const lines = managers.map((manager) => {
    const each = conflicts.filter(({ one }) => managerText(one) === manager);
    const [first, ...more] = each.map(({ path }) => fieldText(path));
    return more.length === 0
      ? `conflict with ${manager}: ${first}`
      : `conflicts with ${manager}:\n- ${[first, ...more].join("\n- ")}`;
  });
  const count = causes.length === 1 ? "1 conflict" : `${causes.length} conflicts`;
  return failure(409, "Conflict", `Apply failed with ${count}: ${lines.join("\n")}`, { causes });
}

function managerText({ manager, operation, apiVersion }: ManagedEntry): string {
  const name = JSON.stringify(manager);
  return operation === "Apply" ? name : `${name} using ${apiVersion}`;
}
