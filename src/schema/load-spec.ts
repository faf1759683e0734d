import type { Diagnostic } from "#model/diagnostic.ts";
import type { Spec } from "#model/spec.ts";
import { checkSpec } from "./check-spec.ts";
import { validateSpec } from "./generated/validate-spec.js";
import { resolveSpec } from "./resolve-spec.ts";
import { explainShapeFaults } from "./shape-faults.ts";
import { valueAt } from "./spec-fault.ts";
import { readSpecSource, type SpecSource } from "./spec-source.ts";

export type SpecLoad =
  | { readonly kind: "ok"; readonly spec: Spec }
  | { readonly kind: "faulty"; readonly diagnostics: readonly Diagnostic[] };

/** Nobody reads more at once, and looking each of them up takes time. */
const MOST_SHOWN = 100;

/**
 * Reads a spec (YAML or JSON) and writes every default out. All faults are found at once, one
 * diagnostic each (E-SPEC-…), in the order of the file. `fileName` is only shown.
 */
export function loadSpec(text: string, fileName: string): SpecLoad {
  const read = readSpecSource(text, fileName);
  if (read.kind === "faulty") return read;
  const { source } = read;
  const notASpec = recognizePlan(source, fileName);
  if (notASpec) return { kind: "faulty", diagnostics: [notASpec] };
  const diagnostics = [...read.faults];
  const { value } = source;
  const isShaped = validateSpec(value);
  const found = isShaped ? [] : (validateSpec.errors ?? []);
  const isFlooded = found.length + diagnostics.length > MOST_SHOWN;
  const shapeFaults = explainShapeFaults(source, found.slice(0, MOST_SHOWN));
  const faults = isFlooded ? shapeFaults : [...shapeFaults, ...checkSpec(value, shapeFaults)];
  diagnostics.push(...faults.map((fault) => source.diagnose(fault)));
  if (isShaped && diagnostics.length === 0) return { kind: "ok", spec: resolveSpec(value) };
  diagnostics.sort(inFileOrder);
  return { kind: "faulty", diagnostics: isFlooded ? cutOff(diagnostics) : diagnostics };
}

function cutOff(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const message = `there are more faults; the first ${MOST_SHOWN} are shown`;
  return [
    ...diagnostics.slice(0, MOST_SHOWN),
    { code: "E-SPEC-TOO-LARGE", message, help: "mend these first" },
  ];
}

function recognizePlan(source: SpecSource, fileName: string): Diagnostic | undefined {
  const { value } = source;
  if (valueAt(value, ["kind"]) !== "Plan" || valueAt(value, ["formatVersion"]) === undefined)
    return undefined;
  return source.diagnose({
    code: "E-SPEC-BAD-VALUE",
    path: ["kind"],
    at: "value",
    message: "this is a plan, not a spec",
    help: `look at it with: dextre show ${fileName}`,
  });
}

function inFileOrder(a: Diagnostic, b: Diagnostic): number {
  return (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0);
}
