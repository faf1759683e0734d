import type { Selector, SelectorRequirement } from "#model/selector.ts";
import { normalizeSelector, parseSelector } from "#rules/selector.ts";
import { isLabelKey, isLabelValue } from "#rules/selector-syntax.ts";
import type { LabelRequirement, LabelSelector } from "./generated/spec-types.ts";
import type { SpecFault, SpecPath } from "./spec-fault.ts";

export type SelectorRead =
  | { readonly kind: "ok"; readonly selector: Selector }
  | { readonly kind: "faulty"; readonly faults: readonly SpecFault[] };

/** A selector of the spec, in either form, of the right shape already. One that selects everything is a fault. */
export function readSelector(raw: LabelSelector, path: SpecPath, isForNodes: boolean): SelectorRead {
  const faults: SpecFault[] = [];
  const requirements =
    typeof raw === "string"
      ? readText(raw, path, isForNodes, faults)
      : readFields(raw, path, isForNodes, faults);
  if (faults.length === 0 && requirements.length === 0) {
    faults.push(
      badSelector(path, "an empty selector would select everything", "say which labels are wanted"),
    );
  }
  if (faults.length > 0) return { kind: "faulty", faults };
  return { kind: "ok", selector: normalizeSelector({ requirements }) };
}

function badSelector(path: SpecPath, message: string, help: string): SpecFault {
  return { code: "E-SPEC-BAD-SELECTOR", path, at: "value", message, help };
}

function readText(
  text: string,
  path: SpecPath,
  isForNodes: boolean,
  faults: SpecFault[],
): readonly SelectorRequirement[] {
  const parsed = parseSelector(text);
  if (parsed.kind === "ok") {
    const { requirements } = parsed.selector;
    const compares = requirements.some(({ operator }) => operator === "Gt" || operator === "Lt");
    if (compares && !isForNodes) {
      faults.push(badSelector(path, "comparing with < or > is for nodes only", "use =, !=, in or notin"));
    }
    return requirements;
  }
  const { offset, length, message, help } = parsed;
  faults.push({ ...badSelector(path, message, help), part: { offset, length } });
  return [];
}

function readFields(
  raw: Exclude<LabelSelector, string>,
  path: SpecPath,
  isForNodes: boolean,
  faults: SpecFault[],
): readonly SelectorRequirement[] {
  const requirements: SelectorRequirement[] = [];
  for (const [key, value] of Object.entries(raw.matchLabels ?? {})) {
    const at = [...path, "matchLabels", key];
    checkKey(key, at, "key", faults);
    checkValue(value, at, faults);
    requirements.push({ key, operator: "In", values: [value] });
  }
  for (const [index, requirement] of (raw.matchExpressions ?? []).entries()) {
    const at = [...path, "matchExpressions", String(index)];
    const read = readRequirement(requirement, at, isForNodes, faults);
    if (read) requirements.push(read);
  }
  return requirements;
}

function readRequirement(
  { key, operator, values = [] }: LabelRequirement,
  path: SpecPath,
  isForNodes: boolean,
  faults: SpecFault[],
): SelectorRequirement | undefined {
  const refuse = (message: string, help: string): undefined => {
    faults.push(badSelector([...path, "values"], message, help));
    return undefined;
  };
  checkKey(key, [...path, "key"], "value", faults);
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) return refuse(`${operator} needs values`, "add values: […]");
      for (const [index, value] of values.entries())
        checkValue(value, [...path, "values", String(index)], faults);
      return { key, operator, values };
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0)
        return refuse(`${operator} takes no values`, "take the values out, or use In or NotIn");
      return { key, operator };
    case "Gt":
    case "Lt": {
      const [value = ""] = values;
      if (!isForNodes) {
        faults.push(
          badSelector([...path, "operator"], `${operator} is for nodes only`, "use In, NotIn or Exists"),
        );
        return undefined;
      }
      if (values.length !== 1 || !/^-?\d{1,15}$/.test(value)) {
        return refuse(`${operator} needs exactly one whole number`, 'as in values: ["4"]');
      }
      return { key, operator, value: Number(value) };
    }
  }
}

function checkKey(key: string, path: SpecPath, at: "key" | "value", faults: SpecFault[]): void {
  if (isLabelKey(key)) return;
  const help = "an optional DNS name and a slash, then at most 63 letters, digits, - _ .";
  faults.push({ ...badSelector(path, `"${key}" is not a label key`, help), at });
}

function checkValue(value: string, path: SpecPath, faults: SpecFault[]): void {
  if (isLabelValue(value)) return;
  faults.push(badSelector(path, `"${value}" is not a label value`, "at most 63 letters, digits, - _ ."));
}
