import type { CordonRequest } from "#gateway/ports.ts";
import type { CordonMarker } from "#model/objects.ts";
import { field, text } from "./foreign.ts";

/** Says who cordoned a node for dextre, and what stood there before: a `CordonMarker`. */
export const CORDON_ANNOTATION = "dextre.dev/cordon";
/** "true": the cluster autoscaler leaves the node alone. */
export const SCALE_DOWN_ANNOTATION = "cluster-autoscaler.kubernetes.io/scale-down-disabled";
/** As which dextre writes: the server keeps books on who set which field. */
export const FIELD_MANAGER = "dextre";
/** On static pods' images in the API. */
export const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";

/** Longer values than these are nobody's; what the marker leaves out, the journal alone remembers. */
const LONGEST_MARKER = 1024;
const LONGEST_VALUE = 256;

export function writeCordonMarker({
  run,
  wasUnschedulable,
  scaleDownDisabledBefore,
}: Pick<CordonRequest, "run" | "wasUnschedulable" | "scaleDownDisabledBefore">): string {
  const isTold = (scaleDownDisabledBefore ?? "").length <= LONGEST_VALUE;
  return JSON.stringify({ run, wasUnschedulable, ...(isTold ? { scaleDownDisabledBefore } : {}) });
}

/** null where there is none, or where it is not ours to understand. */
export function readCordonMarker(annotation: unknown): CordonMarker | null {
  if (typeof annotation !== "string" || annotation.length > LONGEST_MARKER) return null;
  try {
    const marker: unknown = JSON.parse(annotation);
    const run = text(field(marker, "run"));
    if (run === "") return null;
    const before = field(marker, "scaleDownDisabledBefore");
    return {
      run,
      wasUnschedulable: field(marker, "wasUnschedulable") === true,
      scaleDownDisabledBefore: before === null || typeof before === "string" ? { value: before } : null,
    };
  } catch {
    return null;
  }
}
