import type { Selector, SelectorRequirement } from "#model/selector.ts";
import { parseRequirements, type SelectorFault } from "./selector-syntax.ts";

export type SelectorParse = { readonly kind: "ok"; readonly selector: Selector } | SelectorFault;

/**
 * Reads kubectl's selector syntax: `a=1,b!=2,c in (x,y),d notin (z),e,!f,g>1,h<9`. The result is in
 * normal form (sorted, `=` is In with one value), so that equal selectors are equal bytes. An empty
 * text selects everything. A fault tells where in the text it is.
 * Source: k8s.io/apimachinery/pkg/labels Parse.
 */
export function parseSelector(text: string): SelectorParse {
  const parsed = parseRequirements(text);
  return parsed.kind === "faulty"
    ? parsed
    : { kind: "ok", selector: normalizeSelector({ requirements: parsed.requirements }) };
}

/** Sorted by key, operator and values; values sorted and each once. */
export function normalizeSelector(selector: Selector): Selector {
  const requirements = selector.requirements.map((requirement) =>
    "values" in requirement
      ? { ...requirement, values: [...new Set(requirement.values)].sort(compareTexts) }
      : requirement,
  );
  return { requirements: requirements.sort((a, b) => compareTexts(sortKey(a), sortKey(b))) };
}

/** True where every requirement holds; an absent label satisfies NotIn and DoesNotExist only. */
export function matchesSelector(selector: Selector, labels: Readonly<Record<string, string>>): boolean {
  return selector.requirements.every((requirement) => holds(requirement, labels));
}

/** In kubectl's syntax; "" for a selector that selects everything. Reads back as the same selector. */
export function formatSelector(selector: Selector): string {
  return selector.requirements.map(formatRequirement).join(",");
}

function holds(requirement: SelectorRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values.includes(value);
    case "NotIn":
      return value === undefined || !requirement.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && isInteger(value) && Number(value) > requirement.value;
    case "Lt":
      return value !== undefined && isInteger(value) && Number(value) < requirement.value;
  }
}

function formatRequirement(requirement: SelectorRequirement): string {
  const { key } = requirement;
  switch (requirement.operator) {
    case "In":
      return requirement.values.length === 1
        ? `${key}=${requirement.values[0]}`
        : `${key} in (${requirement.values.join(",")})`;
    case "NotIn":
      return requirement.values.length === 1
        ? `${key}!=${requirement.values[0]}`
        : `${key} notin (${requirement.values.join(",")})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    case "Gt":
      return `${key}>${requirement.value}`;
    case "Lt":
      return `${key}<${requirement.value}`;
  }
}

function sortKey(requirement: SelectorRequirement): string {
  const { key, operator } = requirement;
  const rest =
    "values" in requirement
      ? requirement.values.join(",")
      : "value" in requirement
        ? String(requirement.value)
        : "";
  return `${key}\u0000${operator}\u0000${rest}`;
}

const isInteger = (text: string): boolean => /^[+-]?\d{1,19}$/.test(text);

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
