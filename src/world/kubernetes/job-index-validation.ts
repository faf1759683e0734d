import { valueAt } from "../json.ts";
import { recordsAt } from "./pod-validation.ts";
import { bad, negative, required, unsupported } from "./problems.ts";
import type { Problem } from "./status.ts";

const modes = ["NonIndexed", "Indexed"];

/** Source: batch validation.validateJobSpec, of completion modes. */
export function indexProblems(spec: unknown): readonly Problem[] {
  const read = (member: string): unknown => valueAt(spec, member);
  const [mode, completions, perIndex, most] = [
    read("completionMode") ?? "NonIndexed",
    read("completions"),
    read("backoffLimitPerIndex"),
    read("maxFailedIndexes"),
  ];
  const isOrphan = most !== undefined && perIndex === undefined;
  return [
    ...negative("spec.backoffLimitPerIndex", perIndex),
    ...negative("spec.maxFailedIndexes", most),
    ...(isOrphan ? [required("spec.backoffLimitPerIndex", "when maxFailedIndexes is specified")] : []),
    ...(modes.includes(String(mode)) ? [] : [unsupported("spec.completionMode", mode, modes)]),
    ...(mode === "Indexed" ? indexedProblems(spec, completions, most) : []),
    ...(mode === "NonIndexed" ? plainProblems(perIndex, most, read("successPolicy")) : []),
  ];
}

const mostParallel = 100_000;

function indexedProblems(spec: unknown, completions: unknown, most: unknown): readonly Problem[] {
  const parallelism = valueAt(spec, "parallelism");
  const tooMany = `must be less than or equal to ${mostParallel} when completion mode is Indexed`;
  const isMany = typeof parallelism === "number" && parallelism > mostParallel;
  const isExcess = typeof most === "number" && typeof completions === "number" && most > completions;
  const excess = "must be less than or equal to completions";
  return [
    ...(completions === undefined ? [required("spec.completions", "when completion mode is Indexed")] : []),
    ...(isMany ? [bad("spec.parallelism", parallelism, tooMany)] : []),
    ...(isExcess ? [bad("spec.maxFailedIndexes", most, excess)] : []),
    ...(valueAt(spec, "successPolicy") !== undefined &&
    recordsAt(valueAt(spec, "successPolicy"), "rules").length === 0
      ? [
          required(
            "spec.successPolicy.rules",
            "at least one rules must be specified when the successPolicy is specified",
          ),
        ]
      : []),
  ];
}

function plainProblems(perIndex: unknown, most: unknown, policy: unknown): readonly Problem[] {
  const detail = "requires indexed completion mode";
  const check = (member: string, value: unknown): readonly Problem[] =>
    value === undefined ? [] : [bad(`spec.${member}`, value, detail)];
  return [
    ...check("backoffLimitPerIndex", perIndex),
    ...check("maxFailedIndexes", most),
    ...check("successPolicy", policy),
  ];
}

/** All indexes of such a Job run at once, however many it gets. Source: validateCompletions. */
export function resizeProblems(spec: unknown, before: unknown): readonly Problem[] {
  const completions = valueAt(spec, "completions");
  const isSame = completions === valueAt(before, "completions");
  if (isSame || completions === undefined || completions === valueAt(spec, "parallelism")) return [];
  return [bad("spec.completions", completions, "can only be modified in tandem with spec.parallelism")];
}
