import { isRecord, valueAt } from "../json.ts";
import { forbiddenField, required, unsupported } from "./problems.ts";
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
