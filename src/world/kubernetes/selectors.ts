import type { LabelSelector, Labels } from "./object-types.ts";

export type LabelTest = (labels: Labels | undefined) => boolean;

/** A selector text the server would refuse with 400. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

/** One requirement of a label or node selector. An operator nobody knows matches nothing. */
export function matchesRequirement(
  labels: Labels | undefined,
  key: string,
  operator: string,
  values: readonly string[],
): boolean {
  const value = labels?.[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** An absent selector matches nothing, an empty one everything. Source: metav1.LabelSelectorAsSelector. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  const wanted = selector.matchLabels;
  if (wanted !== undefined) {
    for (const key of Object.keys(wanted)) if (labels?.[key] !== wanted[key]) return false;
  }
  return (selector.matchExpressions ?? []).every((expression) =>
    matchesRequirement(labels, expression.key, expression.operator, expression.values ?? []),
  );
}
