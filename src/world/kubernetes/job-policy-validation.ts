import { isRecord, type JsonRecord, valueAt } from "../json.ts";
import { qualifiedProblems } from "./names.ts";
import { recordsAt } from "./pod-validation.ts";
import { bad, duplicate, required, unsupported } from "./problems.ts";
import type { Problem } from "./status.ts";

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

/** Go's %q of a list. */
const valid = (list: readonly string[]): string =>
  `valid values: [${list.map((one) => JSON.stringify(one)).join(" ")}]`;

/** Source: batch validation.validatePodFailurePolicy, validatePodReplacementPolicy. */
export function policyProblems(spec: unknown): readonly Problem[] {
  const policy = valueAt(spec, "podFailurePolicy");
  const replacement = valueAt(spec, "podReplacementPolicy");
  const field = "spec.podReplacementPolicy";
  const known = policy === undefined ? ["Failed", "TerminatingOrFailed"] : ["Failed"];
  return [
    ...recordsAt(policy, "rules").flatMap((rule, index) =>
      ruleProblems(`spec.podFailurePolicy.rules[${index}]`, rule, spec),
    ),
    ...(replacement === undefined || known.includes(String(replacement))
      ? []
      : [unsupported(field, replacement, known)]),
  ];
}

function ruleProblems(path: string, rule: JsonRecord, spec: unknown): readonly Problem[] {
  const { action = "", onExitCodes, onPodConditions } = rule;
  const conditions = recordsAt({ onPodConditions }, "onPodConditions");
  const hasConditions = conditions.length > 0;
  const isUnlimited = action === "FailIndex" && valueAt(spec, "backoffLimitPerIndex") === undefined;
  const wrong = (detail: string): Problem => ({
    reason: "FieldValueInvalid",
    message: `Invalid value: ${detail}`,
    field: path,
  });
  return [
    ...(action === "" ? [required(`${path}.action`, valid(actions))] : []),
    ...(action === "" || actions.includes(String(action))
      ? []
      : [unsupported(`${path}.action`, action, actions)]),
    ...(isUnlimited ? [bad(`${path}.action`, action, "requires the backoffLimitPerIndex to be set")] : []),
    ...(isRecord(onExitCodes) ? exitCodeProblems(`${path}.onExitCodes`, onExitCodes, spec) : []),
    ...conditions.flatMap((pattern, index) =>
      conditionProblems(`${path}.onPodConditions[${index}]`, pattern),
    ),
    ...(onExitCodes !== undefined && hasConditions
      ? [wrong("specifying both OnExitCodes and OnPodConditions is not supported")]
      : []),
    ...(onExitCodes === undefined && !hasConditions
      ? [wrong("specifying one of OnExitCodes and OnPodConditions is required")]
      : []),
  ];
}

function exitCodeProblems(path: string, codes: JsonRecord, spec: unknown): readonly Problem[] {
  const { operator = "", containerName, values } = codes;
  const pod = valueAt(spec, "template", "spec");
  const names = ["containers", "initContainers"].flatMap((list) =>
    recordsAt(pod, list).map(({ name }) => name),
  );
  const isUnknown = containerName !== undefined && !names.includes(containerName);
  const unknown = "must be one of the container or initContainer names in the pod template";
  const list = Array.isArray(values) ? values : [];
  const isOrdered = list.every((code, index) => index === 0 || Number(list[index - 1]) <= Number(code));
  return [
    ...(operator === "" ? [required(`${path}.operator`, valid(operators))] : []),
    ...(operator === "" || operators.includes(String(operator))
      ? []
      : [unsupported(`${path}.operator`, operator, operators)]),
    ...(isUnknown ? [bad(`${path}.containerName`, containerName, unknown)] : []),
    ...(list.length === 0 ? [bad(`${path}.values`, values ?? null, "at least one value is required")] : []),
    ...list.flatMap((code, index) => [
      ...(operator === "In" && code === 0
        ? [bad(`${path}.values[${index}]`, code, "must not be 0 for the In operator")]
        : []),
      ...(list.indexOf(code) < index ? [duplicate(`${path}.values[${index}]`, code)] : []),
    ]),
    ...(isOrdered ? [] : [bad(`${path}.values`, values, "must be ordered")]),
  ];
}

function conditionProblems(path: string, { type = "", status }: JsonRecord): readonly Problem[] {
  return [
    ...qualifiedProblems(`${path}.type`, String(type)),
    ...(statuses.includes(String(status)) ? [] : [unsupported(`${path}.status`, status, statuses)]),
  ];
}
