import { type JsonRecord, valueAt } from "#world/json.ts";
import { between, list, type Telling, text } from "./printer.ts";

const shortModes = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

function accessModes(object: JsonRecord, half: "spec" | "status"): string {
  const modes = list(object, half, "accessModes");
  return shortModes.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(",");
}

const unset = (object: JsonRecord, field: string): string => text(object, "spec", field) || "<unset>";
const phase = (object: JsonRecord): string =>
  text(object, "metadata", "deletionTimestamp") === "" ? text(object, "status", "phase") : "Terminating";

const volumeMode: Telling = { names: ["VolumeMode+"], tell: (object) => [unset(object, "volumeMode")] };

export const volumePrinter = between(
  [
    "Capacity",
    "Access Modes",
    "Reclaim Policy",
    "Status",
    "Claim",
    "StorageClass",
    "VolumeAttributesClass",
    "Reason",
  ],
  (volume) => [
    text(volume, "spec", "capacity", "storage") || "0",
    accessModes(volume, "spec"),
    text(volume, "spec", "persistentVolumeReclaimPolicy"),
    phase(volume),
    claim(volume),
    text(volume, "spec", "storageClassName"),
    unset(volume, "volumeAttributesClassName"),
    text(volume, "status", "reason"),
  ],
  volumeMode,
);

function claim(volume: JsonRecord): string {
  if (valueAt(volume, "spec", "claimRef") === undefined) return "";
  return `${text(volume, "spec", "claimRef", "namespace")}/${text(volume, "spec", "claimRef", "name")}`;
}

export const volumeClaimPrinter = between(
  ["Status", "Volume", "Capacity", "Access Modes", "StorageClass", "VolumeAttributesClass"],
  (object) => {
    const isBound = text(object, "spec", "volumeName") !== "";
    return [
      phase(object),
      text(object, "spec", "volumeName"),
      isBound ? text(object, "status", "capacity", "storage") || "0" : "",
      isBound ? accessModes(object, "status") : "",
      text(object, "spec", "storageClassName"),
      unset(object, "volumeAttributesClassName"),
    ];
  },
  volumeMode,
);
