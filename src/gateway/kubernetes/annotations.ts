import type { CordonMarker } from "#model/objects.ts";
import { field, text } from "./foreign.ts";

/** Says who cordoned a node for dextre: {"run": …, "wasUnschedulable": …}. */
export const CORDON_ANNOTATION = "dextre.dev/cordon";
/** "true": the cluster autoscaler leaves the node alone. */
export const SCALE_DOWN_ANNOTATION = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/** On static pods' images in the API. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

export function writeCordonMarker(marker: CordonMarker): string {
  return JSON.stringify({ run: marker.run, wasUnschedulable: marker.wasUnschedulable });
}

/** null where there is none, or where it is not ours to understand. */
export function readCordonMarker(annotation: unknown): CordonMarker | null {
  if (typeof annotation !== "string" || annotation.length > 1024) return null;
  try {
    const marker: unknown = JSON.parse(annotation);
    const run = text(field(marker, "run"));
    return run === "" ? null : { run, wasUnschedulable: field(marker, "wasUnschedulable") === true };
  } catch {
    return null;
  }
}
