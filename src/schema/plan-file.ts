import type { Diagnostic } from "#model/diagnostic.ts";
import { PLAN_FORMAT_VERSION, type Plan } from "#model/plan.ts";
import { canonicalJson, canonicalObject } from "./canonical-json.ts";
import { checkPlanReferences } from "./check-plan-references.ts";
import { sha256 } from "./digest.ts";
import { formatPlan } from "./format-plan.ts";
import { validatePlan } from "./generated/validate-plan.js";
import { readPlanJson } from "./read-plan-json.ts";
import { pointerSegments } from "./shape-validator.ts";
import { formatPath } from "./spec-fault.ts";

export type PlanDecode =
  | { readonly kind: "ok"; readonly plan: Plan }
  | { readonly kind: "faulty"; readonly diagnostics: readonly Diagnostic[] };

/** The bytes of a plan that is sealed already, fields of a newer minor version and all. */
export function encodeSealedPlan(plan: Plan): string {
  return formatPlan(plan);
}

/**
 * Reads a plan file, whatever its layout (white space, key order, line ends, byte order mark).
 * Faults: E-PLAN-NOT-A-PLAN, E-PLAN-FORMAT, E-PLAN-EDITED, one at a time. `fileName` is only shown.
 */
export function decodePlan(text: string, fileName: string): PlanDecode {
  const read = readPlanJson(text, fileName);
  if (read.kind === "faulty") return { kind: "faulty", diagnostics: [read.diagnostic] };
  const { value } = read;
  const fault = checkFormat(value, fileName) ?? checkSeals(value, fileName);
  if (fault) return { kind: "faulty", diagnostics: [fault] };
  if (!validatePlan(value)) return { kind: "faulty", diagnostics: [describeShape(fileName)] };
  const loose = checkPlanReferences(value, fileName);
  return loose ? { kind: "faulty", diagnostics: [loose] } : { kind: "ok", plan: value };
}

type Fields = Readonly<Record<string, unknown>>;

function checkFormat(value: Fields, fileName: string): Diagnostic | undefined {
  const version = String(value.formatVersion);
  const major = PLAN_FORMAT_VERSION.split(".")[0];
  if (/^\d+\.\d+$/.test(version) && version.split(".")[0] === major) return undefined;
  return {
    code: "E-PLAN-FORMAT",
    message: `${fileName} has format ${version}; this dextre reads format ${major}.x`,
    help: "use the dextre that made it, or make a new plan",
  };
}

/** Over the data as it was read, so that fields of a newer minor version are covered too. */
function checkSeals(value: Fields, fileName: string): Diagnostic | undefined {
  const edited = (what: string): Diagnostic => ({
    code: "E-PLAN-EDITED",
    message: `${fileName} was changed after it was made: ${what}`,
    help: "make a new plan from the spec; a plan cannot be edited",
  });
  const missing = ["digest", "checksum", "content", "meta"].find((field) => value[field] === undefined);
  if (missing !== undefined) {
    return {
      code: "E-PLAN-NOT-A-PLAN",
      message: `${fileName} is not a complete plan: "${missing}" is missing`,
      help: "make a new plan from the spec",
    };
  }
  const { checksum, ...rest } = value;
  const content = sealed(() => canonicalJson(rest.content));
  if (content === undefined || content.seal !== value.digest)
    return edited("the digest does not match what it would do");
  const whole = sealed(() => canonicalObject(rest, new Map([["content", content.text]])));
  if (whole?.seal !== checksum) {
    return edited(
      "what it would do is as it was, but the checksum does not match the rest (times, versions, digest)",
    );
  }
  return undefined;
}

/** undefined where the data has no canonical form: not written by dextre. */
function sealed(write: () => string): { readonly text: string; readonly seal: string } | undefined {
  try {
    const text = write();
    return { text, seal: sha256(text) };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function describeShape(fileName: string): Diagnostic {
  const [fault] = validatePlan.errors ?? [];
  const missing = fault?.params.missingProperty;
  const path = [
    ...pointerSegments(fault?.instancePath ?? ""),
    ...(missing === undefined ? [] : [String(missing)]),
  ];
  const what = missing === undefined ? "is not as it should be" : "is missing";
  return {
    code: "E-PLAN-NOT-A-PLAN",
    message: `${fileName} is not a plan of format ${PLAN_FORMAT_VERSION}: ${formatPath(path)} ${what}`,
    help: "make a new plan from the spec",
  };
}
