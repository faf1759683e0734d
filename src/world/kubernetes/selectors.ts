import type { LabelSelector, Labels } from "./types.ts";

export type LabelTest = (labels: Labels | undefined) => boolean;

/** A selector text the server would refuse with 400. */
export class SelectorError extends Error {
  override readonly name = "SelectorError";
}

const pattern = /^([^\s!=(),]+)(?:\s*(=|==|!=)\s*([^\s!=(),]*)|\s+(in|notin)\s*\(([^()]*)\))?$/;

/** The query parameter labelSelector: "app=web,tier in (a,b),!old". */
export function parseLabelSelector(text: string): LabelTest {
  const tests = splitSelector(text).map(parseRequirement);
  return (labels) => tests.every((test) => test(labels));
}

function splitSelector(text: string): readonly string[] {
  return text
    .split(/,(?![^(]*\))/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseRequirement(text: string): LabelTest {
  if (text.startsWith("!")) return requirement(text.slice(1).trim(), "DoesNotExist", []);
  const match = pattern.exec(text);
  const key = match?.[1];
  if (match === null || key === undefined) {
    throw new SelectorError(`unable to parse requirement: "${text}"`);
  }
  if (match[4] !== undefined) {
    const values = (match[5] ?? "").split(",").map((value) => value.trim());
    return requirement(key, match[4] === "in" ? "In" : "NotIn", values);
  }
  if (match[2] === undefined) return requirement(key, "Exists", []);
  return requirement(key, match[2] === "!=" ? "NotIn" : "In", [match[3] ?? ""]);
}

function requirement(key: string, operator: string, values: readonly string[]): LabelTest {
  return (labels) => matchesRequirement(labels, key, operator, values);
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
