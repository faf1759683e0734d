import type { NodeSelectorTerm } from "#model/objects.ts";
import type { Selector, SelectorRequirement } from "#model/selector.ts";
import { field, items, text, texts } from "./foreign.ts";

/** No label has an empty key, so this holds for nothing. */
const NOTHING: SelectorRequirement = { key: "", operator: "In", values: [] };
export const SELECTS_NOTHING: Selector = { requirements: [NOTHING] };

/** A requirement that dextre cannot read selects nothing, as the server would refuse it. */
function projectRequirement(expression: unknown): SelectorRequirement {
  const key = text(field(expression, "key"));
  const operator = field(expression, "operator");
  const values = items(field(expression, "values")).map(text);
  switch (operator) {
    case "In":
    case "NotIn":
      return { key, operator, values };
    case "Exists":
    case "DoesNotExist":
      return { key, operator };
    case "Gt":
    case "Lt": {
      const value = /^-?\d{1,15}$/.test(values[0] ?? "") ? Number(values[0]) : Number.NaN;
      return Number.isNaN(value) ? NOTHING : { key, operator, value };
    }
    default:
      return NOTHING;
  }
}

/**
 * A LabelSelector. Empty ({}) selects everything, absent selects nothing.
 * *Source:* policy/v1 PodDisruptionBudgetSpec.selector, core/v1 PodAffinityTerm.labelSelector.
 */
export function projectSelector(value: unknown): Selector {
  if (typeof value !== "object" || value === null) return SELECTS_NOTHING;
  const labels = Object.entries(texts(field(value, "matchLabels")));
  return {
    requirements: [
      ...labels.map(([key, label]): SelectorRequirement => ({ key, operator: "In", values: [label] })),
      ...items(field(value, "matchExpressions")).map(projectRequirement),
    ],
  };
}

/**
 * The terms of a NodeSelector (alternatives). A term that asks for nothing matches no node.
 * *Source:* core/v1 NodeSelectorTerm. matchFields knows metadata.name only.
 */
export function projectNodeSelectorTerms(nodeSelector: unknown): readonly NodeSelectorTerm[] {
  return items(field(nodeSelector, "nodeSelectorTerms")).map((term) => {
    const expressions = items(field(term, "matchExpressions"));
    const fields = items(field(term, "matchFields"));
    const names = fields.find(
      (entry) => field(entry, "key") === "metadata.name" && field(entry, "operator") === "In",
    );
    const empty = expressions.length === 0 && fields.length === 0;
    return {
      labels: empty ? SELECTS_NOTHING : { requirements: expressions.map(projectRequirement) },
      nodeNames: names === undefined ? null : items(field(names, "values")).map(text),
    };
  });
}
