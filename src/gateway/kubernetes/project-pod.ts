import type { Pod, PodPhase, PodTrouble } from "#model/objects.ts";
import { MIRROR_ANNOTATION } from "./annotations.ts";
import { condition, field, items, text, textOrNull, texts, wholeNumber } from "./foreign.ts";
import { namespaceOf, projectController, projectMetadata } from "./project-metadata.ts";
import { projectNodeAffinity, projectSeparations, projectTolerations } from "./project-placement.ts";
import { projectRequests } from "./project-requests.ts";

const PHASES: readonly PodPhase[] = ["Pending", "Running", "Succeeded", "Failed"];
const DEFAULT_GRACE_SECONDS = 30;
/** On the way up, nothing is wrong. */
const ORDINARY_WAITS: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing", ""]);

function projectPhase(value: unknown): PodPhase {
  return PHASES.find((phase) => phase === value) ?? "Unknown";
}

function projectLocalStorage(spec: unknown): Pod["localStorage"] {
  const volumes = items(field(spec, "volumes")).filter((volume) => field(volume, "emptyDir") !== undefined);
  if (volumes.length === 0) return "none";
  const inMemory = volumes.every((volume) => field(volume, "emptyDir", "medium") === "Memory");
  return inMemory ? "memory" : "disk";
}

function projectClaims(spec: unknown): readonly string[] {
  return items(field(spec, "volumes"))
    .map((volume) => text(field(volume, "persistentVolumeClaim", "claimName")))
    .filter((name) => name !== "");
}

/** The scheduler's word first, then the first container that waits for more than its start. */
function projectTrouble(raw: unknown): PodTrouble | null {
  const scheduled = condition(raw, "PodScheduled");
  if (field(scheduled, "status") === "False") {
    return { reason: text(field(scheduled, "reason")), message: text(field(scheduled, "message")) };
  }
  const status = field(raw, "status");
  const containers = [
    ...items(field(status, "initContainerStatuses")),
    ...items(field(status, "containerStatuses")),
  ];
  for (const container of containers) {
    const waiting = field(container, "state", "waiting");
    const reason = text(field(waiting, "reason"));
    if (!ORDINARY_WAITS.has(reason)) return { reason, message: text(field(waiting, "message")) };
  }
  const reason = text(field(status, "reason"));
  return reason === "" ? null : { reason, message: text(field(status, "message")) };
}

function projectOpenGates(raw: unknown): readonly string[] {
  return items(field(raw, "spec", "readinessGates"))
    .map((gate) => text(field(gate, "conditionType")))
    .filter((type) => field(condition(raw, type), "status") !== "True");
}

/** @throws ForeignShapeError */
export function projectPod(raw: unknown): Pod {
  const metadata = projectMetadata(raw);
  const namespace = namespaceOf(raw);
  const spec = field(raw, "spec");
  const ready = condition(raw, "Ready");
  const ownGrace = wholeNumber(field(spec, "terminationGracePeriodSeconds"), DEFAULT_GRACE_SECONDS);
  return {
    namespace,
    ...metadata,
    nodeName: text(field(spec, "nodeName")),
    phase: projectPhase(field(raw, "status", "phase")),
    ready: field(ready, "status") === "True",
    readySince: text(field(ready, "lastTransitionTime")),
    deletionAt: textOrNull(field(raw, "metadata", "deletionTimestamp")),
    gracePeriodSeconds: wholeNumber(field(raw, "metadata", "deletionGracePeriodSeconds"), ownGrace),
    finalizers: items(field(raw, "metadata", "finalizers")).map(text),
    controller: projectController(raw),
    mirror: field(raw, "metadata", "annotations", MIRROR_ANNOTATION) !== undefined,
    priority: wholeNumber(field(spec, "priority"), 0),
    priorityClassName: text(field(spec, "priorityClassName")),
    localStorage: projectLocalStorage(spec),
    claims: projectClaims(spec),
    requests: projectRequests(spec),
    nodeSelector: texts(field(spec, "nodeSelector")),
    nodeAffinity: projectNodeAffinity(spec),
    separations: projectSeparations(spec, namespace, metadata.labels),
    tolerations: projectTolerations(spec),
    trouble: projectTrouble(raw),
    openReadinessGates: projectOpenGates(raw),
  };
}
