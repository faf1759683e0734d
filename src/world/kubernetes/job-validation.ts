import { valueAt } from "../json.ts";
import type { LabelSelector, Meta } from "./object-types.ts";
import { bad, required } from "./problems.ts";
import { matchesSelector } from "./selectors.ts";
import type { Problem } from "./status.ts";

/**
 * A Job that does not say manualSelector gets its selector and its pods' labels from the server, and from
 * nobody else: both carry its UID. Source: validateGeneratedSelector.
 */
export function generatedProblems(
  { uid, name }: Pick<Meta, "uid" | "name">,
  spec: unknown,
): readonly Problem[] {
  const selector = valueAt(spec, "selector");
  if (valueAt(spec, "manualSelector") === true || selector === undefined) return [];
  const expected = {
    "controller-uid": uid,
    "job-name": name,
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
  };
  const labels = valueAt(spec, "template", "metadata", "labels");
  return [
    ...Object.entries(expected).flatMap(([key, value]) => labelProblems(labels, key, value)),
    ...(matchesSelector(selector as LabelSelector, expected)
      ? []
      : [bad("spec.selector", selector, "`selector` not auto-generated")]),
  ];
}

/** Source: ValidateHasLabel. */
function labelProblems(labels: unknown, key: string, expected: string): readonly Problem[] {
  const found = valueAt(labels, key);
  if (found === expected) return [];
  const field = `spec.template.metadata.labels[${key}]`;
  const detail = `must be '${expected}'`;
  return [found === undefined ? required(field, detail) : bad(field, labels, detail)];
}
