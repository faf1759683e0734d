import type { Budget } from "#model/objects.ts";
import { condition, field, text, wholeNumber } from "./foreign.ts";
import { generation, namespaceOf, projectMetadata } from "./project-metadata.ts";
import { projectSelector } from "./project-selector.ts";

/** "2" or "50%"; null where it is not given. */
function projectBound(value: unknown): string | null {
  return typeof value === "number" || typeof value === "string" ? text(String(value)) : null;
}

function names(value: unknown): readonly string[] {
  return typeof value === "object" && value !== null ? Object.keys(value).map(text) : [];
}

/** @throws ForeignShapeError */
export function projectBudget(raw: unknown): Budget {
  const { name, uid, resourceVersion } = projectMetadata(raw);
  const spec = field(raw, "spec");
  const status = field(raw, "status");
  const allowed = condition(raw, "DisruptionAllowed");
  return {
    namespace: namespaceOf(raw),
    name,
    uid,
    resourceVersion,
    selector: projectSelector(field(spec, "selector")),
    minAvailable: projectBound(field(spec, "minAvailable")),
    maxUnavailable: projectBound(field(spec, "maxUnavailable")),
    generation: generation(raw),
    observedGeneration: wholeNumber(field(status, "observedGeneration"), 0),
    disruptionsAllowed: wholeNumber(field(status, "disruptionsAllowed"), 0),
    currentHealthy: wholeNumber(field(status, "currentHealthy"), 0),
    desiredHealthy: wholeNumber(field(status, "desiredHealthy"), 0),
    expectedPods: wholeNumber(field(status, "expectedPods"), 0),
    unhealthyPodEvictionPolicy: text(field(spec, "unhealthyPodEvictionPolicy")) || "IfHealthyBudget",
    disruptedPods: names(field(status, "disruptedPods")),
    condition:
      allowed === undefined
        ? null
        : { reason: text(field(allowed, "reason")), message: text(field(allowed, "message")) },
  };
}
