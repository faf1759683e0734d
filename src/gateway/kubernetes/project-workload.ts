import type { JobFacts, Workload, WorkloadKind } from "#model/objects.ts";
import { condition, field, items, wholeNumber } from "./foreign.ts";
import { isTerminating, namespaceOf, projectController, projectMetadata } from "./project-metadata.ts";

const DEFAULT_BACKOFF_LIMIT = 6;

function ignoresDisruptions(spec: unknown): boolean {
  return items(field(spec, "podFailurePolicy", "rules")).some(
    (rule) =>
      field(rule, "action") === "Ignore" &&
      items(field(rule, "onPodConditions")).some(
        (pattern) =>
          field(pattern, "type") === "DisruptionTarget" && (field(pattern, "status") ?? "True") === "True",
      ),
  );
}

function projectJobFacts(raw: unknown): JobFacts {
  const isSo = (type: string): boolean => field(condition(raw, type), "status") === "True";
  return {
    backoffLimit: wholeNumber(field(raw, "spec", "backoffLimit"), DEFAULT_BACKOFF_LIMIT),
    failed: wholeNumber(field(raw, "status", "failed"), 0),
    finished: isSo("Complete") ? "Complete" : isSo("Failed") ? "Failed" : "no",
    suspended: field(raw, "spec", "suspend") === true,
    ignoresDisruptions: ignoresDisruptions(field(raw, "spec")),
  };
}

function projectReplicas(kind: WorkloadKind, spec: unknown): number {
  if (kind === "DaemonSet") return 0;
  return wholeNumber(field(spec, kind === "Job" ? "parallelism" : "replicas"), 1);
}

/** @throws ForeignShapeError */
export function projectWorkload(kind: WorkloadKind, raw: unknown): Workload {
  const { name, uid, resourceVersion } = projectMetadata(raw);
  return {
    kind,
    namespace: namespaceOf(raw),
    name,
    uid,
    resourceVersion,
    controller: projectController(raw),
    replicas: projectReplicas(kind, field(raw, "spec")),
    minReadySeconds: wholeNumber(field(raw, "spec", "minReadySeconds"), 0),
    terminating: isTerminating(raw),
    job: kind === "Job" ? projectJobFacts(raw) : null,
  };
}
