import { isEqualJson, isRecord, type JsonRecord, valueAt } from "../json.ts";
import type { Resource } from "./object-types.ts";
import { bad, forbiddenField, internal, required, unsupported } from "./problems.ts";
import { parseQuantity } from "./quantity.ts";
import type { Problem } from "./status.ts";

const modes: readonly string[] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/** Source: core validation.ValidatePersistentVolumeClaimSpec, of access modes and storage. */
export function claimProblems(spec: unknown): readonly Problem[] {
  const wanted = modesOf(spec);
  const alone = "may not use ReadWriteOncePod with other access modes";
  const isMixed = wanted.includes("ReadWriteOncePod") && wanted.length > 1;
  return [
    ...(wanted.length === 0 ? [required("spec.accessModes", "at least 1 access mode is required")] : []),
    ...modeProblems(wanted),
    ...(isMixed ? [forbiddenField("spec.accessModes", alone)] : []),
    ...(valueAt(spec, "resources", "requests", "storage") === undefined
      ? [required("spec.resources[storage]")]
      : []),
  ];
}

/**
 * What a claim asks for stays as it was: only a bound one may ask for more, which no class here grants
 * (`refuseGrowth`). Source: core validation.ValidatePersistentVolumeClaimUpdate; measured.
 */
export function claimUpdateProblems(object: Resource, current: Resource): readonly Problem[] {
  const before = valueAt(current, "spec");
  const storage = valueAt(object, "spec", "resources", "requests", "storage");
  const detail =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n";
  if (!isEqualJson(settable(object, current), before)) return [forbiddenField("spec", detail)];
  const isLess =
    isBound(current) && bytes(storage) < bytes(valueAt(before, "resources", "requests", "storage"));
  return isLess
    ? [forbiddenField("spec.resources.requests.storage", "field can not be less than status.capacity")]
    : [];
}

/** The new spec without what may be set where it was not, and what may change. */
function settable(object: Resource, current: Resource): unknown {
  const { spec } = object;
  const before = valueAt(current, "spec");
  if (!isRecord(spec) || !isRecord(before)) return spec;
  const once = ["volumeName", "storageClassName"].filter((key) => (before[key] ?? "") === "");
  const changeable = [...once, "volumeAttributesClassName", ...(isBound(current) ? ["resources"] : [])];
  const next: Record<string, unknown> = { ...spec };
  for (const key of changeable) {
    if (before[key] === undefined) delete next[key];
    else next[key] = before[key];
  }
  return next;
}

/** Where a volume is, and what it is, stays. Source: core validation.ValidatePersistentVolumeUpdate; measured. */
export function volumeUpdateProblems(object: Resource, current: Resource): readonly Problem[] {
  const [next, last] = [object, current].map(({ spec }) => (isRecord(spec) ? spec : {}));
  const sourceOf = (spec: JsonRecord = {}): unknown =>
    Object.fromEntries(Object.entries(spec).filter(([key]) => !plain.includes(key)));
  const source = "spec.persistentvolumesource";
  const isMoved =
    last?.nodeAffinity !== undefined && !isEqualJson(next?.nodeAffinity ?? null, last.nodeAffinity);
  const detail = "field is immutable, except for updating from beta label to GA";
  return [
    ...(isEqualJson(sourceOf(next), sourceOf(last))
      ? []
      : [forbiddenField(source, `${source} is immutable after creation\n`)]),
    ...(isMoved ? [bad("nodeAffinity", inGo(next?.nodeAffinity), detail)] : []),
  ];
}

/** A volume's node affinity as Go's structs write it. */
function inGo(affinity: unknown): unknown {
  const terms = valueAt(affinity, "required", "nodeSelectorTerms");
  if (!Array.isArray(terms)) return null;
  const listed = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((one) => internal(one, "Key", "Operator", "Values")) : null;
  const NodeSelectorTerms = terms.map((term) => ({
    MatchExpressions: listed(valueAt(term, "matchExpressions")),
    MatchFields: listed(valueAt(term, "matchFields")),
  }));
  return { Required: { NodeSelectorTerms } };
}

/** Why admission lets a claim not ask for more; undefined: it does not. Source: PersistentVolumeClaimResize. */
export function refuseGrowth(object: Resource, current: Resource): string | undefined {
  const [next, last] = [object, current].map((one) =>
    bytes(valueAt(one, "spec", "resources", "requests", "storage")),
  );
  if (next === undefined || last === undefined || next <= last) return undefined;
  return "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
}

function isBound(claim: Resource): boolean {
  return valueAt(claim, "status", "phase") === "Bound";
}

function bytes(quantity: unknown): number {
  return typeof quantity === "string" ? parseQuantity(quantity) : 0;
}

/** What a volume's spec has beside its source. */
const plain: readonly string[] = [
  "capacity",
  "accessModes",
  "claimRef",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "mountOptions",
  "volumeMode",
  "nodeAffinity",
  "volumeAttributesClassName",
];

/** Source: core validation.ValidatePersistentVolumeSpec; of the source only that there is one. */
export function volumeProblems(spec: unknown): readonly Problem[] {
  const wanted = modesOf(spec);
  const capacity = valueAt(spec, "capacity");
  const isStorage =
    isRecord(capacity) && capacity.storage !== undefined && Object.keys(capacity).length === 1;
  const isSourced = isRecord(spec) && Object.keys(spec).some((key) => !plain.includes(key));
  return [
    ...(wanted.length === 0 ? [required("spec.accessModes")] : []),
    ...modeProblems(wanted),
    ...(capacity === undefined ? [required("spec.capacity")] : []),
    ...(isStorage ? [] : [unsupported("spec.capacity", capacity, ["storage"])]),
    ...(isSourced ? [] : [required("spec", "must specify a volume type")]),
  ];
}

function modesOf(spec: unknown): readonly unknown[] {
  const list = valueAt(spec, "accessModes");
  return Array.isArray(list) ? list : [];
}

function modeProblems(wanted: readonly unknown[]): readonly Problem[] {
  return wanted
    .filter((mode) => !modes.includes(String(mode)))
    .map((mode) => unsupported("spec.accessModes", mode, modes));
}
