import { pointerSegments, type ShapeFault } from "./shape-validator.ts";
import { formatPath, type SpecFault, type SpecPath, valueAt } from "./spec-fault.ts";
import type { SpecSource } from "./spec-source.ts";
import { describeUnknownField } from "./unknown-field.ts";
import { describeValueFault } from "./value-fault.ts";
import { describeTypeFault } from "./wrong-type.ts";

/** What the schema finds, in words; one fault for each place. */
export function explainShapeFaults(source: SpecSource, found: readonly ShapeFault[]): readonly SpecFault[] {
  const faults = new Map<string, SpecFault>();
  // A wrong type makes the other keywords at the same place fail too.
  const sorted = [...found].sort((a, b) => rank(a) - rank(b));
  for (const fault of sorted) {
    const explained = explain(source, fault, choicesAt(found, fault.instancePath));
    const key = formatPath(explained.path);
    if (!faults.has(key)) faults.set(key, explained);
  }
  return withoutFollowers([...faults.values()]);
}

const rank = (fault: ShapeFault): number =>
  fault.keyword === "type" ? 0 : fault.keyword === "required" ? 1 : 2;

/** The values that are allowed at a place, of whatever type what stands there is; none where any is. */
function choicesAt(found: readonly ShapeFault[], instancePath: string): readonly string[] {
  const fault = found.find((other) => other.keyword === "enum" && other.instancePath === instancePath);
  return [fault?.params.allowedValues ?? []].flat().map(String);
}

function explain(source: SpecSource, fault: ShapeFault, choices: readonly string[]): SpecFault {
  const path = pointerSegments(fault.instancePath);
  switch (fault.keyword) {
    case "additionalProperties":
      return describeUnknownField(source.value, [...path, String(fault.params.additionalProperty)]);
    case "required":
      return describeMissingField(source.value, [...path, String(fault.params.missingProperty)]);
    case "discriminator":
      return describeValueFault(source, [...path, "kind"], {
        ...fault,
        keyword: "enum",
        params: { allowedValues: ["Nodes", "Pods"] },
      });
    case "type":
      return describeTypeFault(source, path, [fault.params.type].flat().map(String), choices);
    default:
      return describeValueFault(source, path, fault);
  }
}

function describeMissingField(root: unknown, path: SpecPath): SpecFault {
  const name = path.at(-1) ?? "";
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? "the spec file" : formatPath(parent);
  const shown = EXAMPLES[name === "kind" && parent.length > 0 ? "target.kind" : name] ?? `${name}: …`;
  const isEmptyList = Array.isArray(valueAt(root, parent));
  return {
    code: "E-SPEC-MISSING-FIELD",
    path,
    at: "parent",
    message: isEmptyList ? `${where} is a list` : `"${name}" is missing in ${where}`,
    help: `add ${shown}`,
  };
}

const EXAMPLES: Readonly<Record<string, string>> = {
  apiVersion: "apiVersion: dextre.dev/v1alpha1",
  kind: "kind: Upgrade",
  "target.kind": "kind: Nodes, or kind: Pods",
  metadata: "metadata: {name: …}",
  spec: "spec: with targets",
  targets: "targets: with at least one of kind Nodes or Pods",
  namespaces: "namespaces: [default]",
  selector: "selector: app=…",
};

/** A misspelt field is one fault: the field that it was meant to be is not also missing. */
function withoutFollowers(faults: readonly SpecFault[]): readonly SpecFault[] {
  const meant = new Set(
    faults.flatMap((fault) => {
      const name =
        fault.code === "E-SPEC-UNKNOWN-FIELD" ? /did you mean "(.+)"\?/.exec(fault.help)?.[1] : undefined;
      return name === undefined ? [] : [formatPath([...fault.path.slice(0, -1), name])];
    }),
  );
  return faults.filter(
    (fault) => fault.code !== "E-SPEC-MISSING-FIELD" || !meant.has(formatPath(fault.path)),
  );
}
