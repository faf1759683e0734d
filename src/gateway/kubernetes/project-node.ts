import type { Node, Taint } from "#model/objects.ts";
import { CORDON_ANNOTATION, FIELD_MANAGER, readCordonMarker, SCALE_DOWN_ANNOTATION } from "./annotations.ts";
import { condition, field, items, text, textOrNull } from "./foreign.ts";
import { isTerminating, projectMetadata, projectResources } from "./project-metadata.ts";
import { quantity } from "./quantity.ts";

function projectTaint(taint: unknown): Taint {
  return {
    key: text(field(taint, "key")),
    value: text(field(taint, "value")),
    effect: text(field(taint, "effect")),
  };
}

function projectReady(status: unknown): Node["ready"] {
  return status === "True" || status === "False" ? status : "Unknown";
}

function setterOfUnschedulable(raw: unknown): Node["unschedulableSetBy"] {
  const managers = items(field(raw, "metadata", "managedFields"))
    .filter((entry) => field(entry, "fieldsV1", "f:spec", "f:unschedulable") !== undefined)
    .map((entry) => text(field(entry, "manager")));
  if (managers.length === 0) return null;
  return managers.includes(FIELD_MANAGER) ? "dextre" : "others";
}

/** @throws ForeignShapeError */
export function projectNode(raw: unknown): Node {
  const ready = condition(raw, "Ready");
  const annotations = field(raw, "metadata", "annotations");
  const allocatable = field(raw, "status", "allocatable");
  return {
    ...projectMetadata(raw),
    unschedulable: field(raw, "spec", "unschedulable") === true,
    unschedulableSetBy: setterOfUnschedulable(raw),
    taints: items(field(raw, "spec", "taints")).map(projectTaint),
    providerId: text(field(raw, "spec", "providerID")),
    ready: projectReady(field(ready, "status")),
    readySince: text(field(ready, "lastTransitionTime")),
    allocatable: projectResources(allocatable, quantity(field(allocatable, "pods"), 1)),
    kubeletVersion: text(field(raw, "status", "nodeInfo", "kubeletVersion")),
    terminating: isTerminating(raw),
    cordonMarker: readCordonMarker(field(annotations, CORDON_ANNOTATION)),
    scaleDownDisabled: textOrNull(field(annotations, SCALE_DOWN_ANNOTATION)),
  };
}
