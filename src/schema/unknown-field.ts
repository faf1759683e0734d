import { SPEC_FIELDS } from "./generated/spec-fields.ts";
import { nearestWord } from "./nearest-word.ts";
import { formatPath, type SpecFault, type SpecPath, valueAt } from "./spec-fault.ts";

/** Fields that are planned: known by name, so that nobody thinks to have misspelt them. */
const NOT_BUILT_FIELDS: readonly string[] = ["Nodes.outdated", "spec.gates", "spec.windows", "spec.surge"];

/** What flags, labels and other tools call a field of a target. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  label: "selector",
  labels: "selector",
  labelSelector: "selector",
  node: "names",
  instanceGroup: "groups",
  instanceGroups: "groups",
  autoScalingGroup: "groups",
};

/** A field that does not exist where it stands: what was meant, or where it belongs. */
export function describeUnknownField(root: unknown, path: SpecPath): SpecFault {
  const name = path.at(-1) ?? "";
  const place = placeOfFields(root, path.slice(0, -1));
  if (NOT_BUILT_FIELDS.includes(`${place}.${name}`)) {
    return {
      code: "E-SPEC-NOT-BUILT",
      path,
      at: "key",
      message: `"${name}" is not built yet`,
      help: "take it out; dextre accepts no field that it would not honour",
    };
  }
  return {
    code: "E-SPEC-UNKNOWN-FIELD",
    path,
    at: "key",
    message: `unknown field "${name}" in ${describePlace(place)}`,
    help: helpFor(name, place),
  };
}

function helpFor(name: string, place: string): string {
  const here = SPEC_FIELDS[place] ?? [];
  const elsewhere = Object.keys(SPEC_FIELDS).filter((other) => other !== place);
  const exact = elsewhere.filter((other) => SPEC_FIELDS[other]?.includes(name));
  const near = otherName(name, here) ?? nearestWord(name, here);
  if (near !== undefined) return `did you mean "${near}"?`;
  if (exact.length > 0) return `it belongs in ${exact.map(describePlace).join(" or ")}`;
  const far = elsewhere.find((other) => nearestWord(name, SPEC_FIELDS[other] ?? []) !== undefined);
  if (far !== undefined && name.length > 4) {
    return `did you mean "${nearestWord(name, SPEC_FIELDS[far] ?? [])}" in ${describePlace(far)}?`;
  }
  if (place === "LabelSelector") return `write matchLabels: {${name}: …}`;
  return `known here: ${here.join(", ")}`;
}

function otherName(name: string, here: readonly string[]): string | undefined {
  const meant = OTHER_NAMES[name];
  return meant !== undefined && here.includes(meant) ? meant : undefined;
}

/** The key of SPEC_FIELDS for the block at a path. */
function placeOfFields(root: unknown, path: SpecPath): string {
  if (path.at(-2) === "matchExpressions") return "LabelRequirement";
  if (path[1] === "targets" && path.length > 3) return "LabelSelector";
  if (path[1] === "targets") return valueAt(root, [...path, "kind"]) === "Pods" ? "Pods" : "Nodes";
  return formatPath(path);
}

function describePlace(place: string): string {
  switch (place) {
    case "":
      return "the spec file";
    case "Nodes":
    case "Pods":
      return `a ${place} target`;
    case "LabelSelector":
      return "a selector";
    case "LabelRequirement":
      return "a requirement of a selector";
    default:
      return place;
  }
}
