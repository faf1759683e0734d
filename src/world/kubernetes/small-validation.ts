import { isRecord, valueAt } from "../json.ts";
import { configMapProblems, secretProblems } from "./data-validation.ts";
import type { Plural } from "./kind-types.ts";
import { dnsLabelProblems, labelValueProblems, qualifiedProblems, selectorProblems } from "./names.ts";
import type { Resource } from "./object-types.ts";
import { bad, duplicate, forbiddenField, internal, negative, required, unsupported } from "./problems.ts";
import type { Problem } from "./status.ts";

function recordsAt(value: unknown, ...path: readonly string[]): readonly Readonly<Record<string, unknown>>[] {
  const list = valueAt(value, ...path);
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** Source: apps validation.ValidatePositiveIntOrPercent, IsNotMoreThan100Percent. */
export function countProblems(field: string, value: unknown, isBounded: boolean): readonly Problem[] {
  if (typeof value === "number") return negative(field, value);
  if (typeof value !== "string") return [];
  if (!/^[0-9]+%$/.test(value)) {
    const detail =
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
    return [bad(field, value, detail)];
  }
  const isMuch = isBounded && Number(value.slice(0, -1)) > 100;
  return isMuch ? [bad(field, value, "must not be greater than 100%")] : [];
}

/** Source: policy validation.ValidatePodDisruptionBudgetSpec. */
export function budgetProblems(spec: unknown): readonly Problem[] {
  const minAvailable = valueAt(spec, "minAvailable");
  const maxUnavailable = valueAt(spec, "maxUnavailable");
  const policy = valueAt(spec, "unhealthyPodEvictionPolicy");
  const policies = ["AlwaysAllow", "IfHealthyBudget"];
  const isBoth = minAvailable !== undefined && maxUnavailable !== undefined;
  return [
    ...(isBoth
      ? [
          bad(
            "spec",
            internal(spec, "MinAvailable", "Selector", "MaxUnavailable", "UnhealthyPodEvictionPolicy"),
            "minAvailable and maxUnavailable cannot be both set",
          ),
        ]
      : []),
    ...countProblems("spec.minAvailable", minAvailable, true),
    ...countProblems("spec.maxUnavailable", maxUnavailable, true),
    ...selectorProblems("spec.selector", valueAt(spec, "selector")),
    ...(policy === undefined || policies.includes(String(policy))
      ? []
      : [unsupported("spec.unhealthyPodEvictionPolicy", policy, policies)]),
  ];
}

/** Source: coordination validation.ValidateLeaseSpec. */
export function leaseProblems(spec: unknown): readonly Problem[] {
  const duration = valueAt(spec, "leaseDurationSeconds");
  const isShort = typeof duration === "number" && duration <= 0;
  return [
    ...(isShort ? [bad("spec.leaseDurationSeconds", duration, "must be greater than 0")] : []),
    ...negative("spec.leaseTransitions", valueAt(spec, "leaseTransitions")),
  ];
}

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Source: core validation.validateNodeTaints, whose path is indeed metadata.taints. */
export function nodeProblems(spec: unknown): readonly Problem[] {
  const seen = new Set<string>();
  return recordsAt(spec, "taints").flatMap((taint, index) => {
    const path = `metadata.taints[${index}]`;
    const { key, effect, value } = taint;
    const id = `${String(key)}:${String(effect)}`;
    const problems = [
      ...qualifiedProblems(`${path}.key`, String(key ?? "")),
      ...labelValueProblems(`${path}.value`, String(value ?? "")),
      ...effectProblems(`${path}.effect`, effect),
      ...(seen.has(id) ? [repeatedTaint(path, taint)] : []),
    ];
    seen.add(id);
    return problems;
  });
}

function repeatedTaint(
  path: string,
  { key, value = "", effect, timeAdded = null }: Readonly<Record<string, unknown>>,
): Problem {
  const problem = duplicate(path, { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded });
  return { ...problem, message: `${problem.message}: taints must be unique by key and effect pair` };
}

function effectProblems(field: string, effect: unknown): readonly Problem[] {
  if (effect === undefined || effect === "") return [required(field)];
  return taintEffects.includes(String(effect)) ? [] : [unsupported(field, effect, taintEffects)];
}

/** Source: core validation.ValidateService, of ports and type. */
export function serviceProblems(spec: unknown): readonly Problem[] {
  const ports = recordsAt(spec, "ports");
  const type = String(valueAt(spec, "type") ?? "ClusterIP");
  const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
  const isHeadless = valueAt(spec, "clusterIP") === "None";
  return [
    ...(ports.length === 0 && !isHeadless && type !== "ExternalName" ? [required("spec.ports")] : []),
    ...ports.flatMap((port, index) => portProblems(`spec.ports[${index}]`, port, ports.length > 1)),
    ...(types.includes(type) ? [] : [unsupported("spec.type", type, types)]),
  ];
}

function portProblems(
  path: string,
  { name, port, targetPort }: Readonly<Record<string, unknown>>,
  isNamed: boolean,
): readonly Problem[] {
  const isPort = (value: unknown): boolean => typeof value === "number" && value >= 1 && value <= 65535;
  const range = "must be between 1 and 65535, inclusive";
  const target = targetPort ?? 0;
  return [
    ...(isNamed && name === undefined ? [required(`${path}.name`)] : []),
    ...(name === undefined ? [] : dnsLabelProblems(`${path}.name`, String(name))),
    ...(isPort(port) ? [] : [bad(`${path}.port`, port ?? 0, range)]),
    ...(typeof target !== "number" || isPort(target) ? [] : [bad(`${path}.targetPort`, target, range)]),
  ];
}

/** Kinds of which little is checked. */
export function plainProblems(plural: Plural, object: Resource): readonly Problem[] {
  if (plural === "configmaps") return configMapProblems(object);
  if (plural === "secrets") return secretProblems(object);
  if (plural === "controllerrevisions") {
    return [
      ...negative("revision", valueAt(object, "revision")),
      ...(isRecord(valueAt(object, "data")) ? [] : [required("data", "data is mandatory")]),
    ];
  }
  if (plural === "priorityclasses") return priorityProblems(object);
  if (plural !== "horizontalpodautoscalers") return [];
  const most = valueAt(object, "spec", "maxReplicas");
  const least = valueAt(object, "spec", "minReplicas");
  const isLow = typeof most !== "number" || most < 1;
  const isLess = typeof least === "number" && typeof most === "number" && most < least;
  return [
    ...(isLow ? [bad("spec.maxReplicas", most ?? 0, "must be greater than 0")] : []),
    ...(isLess ? [bad("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`")] : []),
  ];
}

/** Source: scheduling/v1 SystemPriorityClasses. */
const systemClasses = { "system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000 };

function priorityProblems(object: Resource): readonly Problem[] {
  const value = valueAt(object, "value");
  const { name } = object.metadata;
  if (name.startsWith("system-")) {
    const known = valueAt(systemClasses, name);
    if (known === value) return [];
    const error =
      known === undefined
        ? `${name} is not a known system priority class`
        : `value of ${name} PriorityClass must be ${known}`;
    const detail = `priority class names with 'system-' prefix are reserved for system use only. error: ${error}`;
    return [forbiddenField("metadata.name", detail)];
  }
  if (typeof value !== "number" || value <= 1_000_000_000) return [];
  return [forbiddenField("value", "maximum allowed value of a user defined priority is 1000000000")];
}

/** Used where a template forbids what a pod may have. */
export function deadlineProblems(field: string, spec: unknown, owner: string): readonly Problem[] {
  if (valueAt(spec, "activeDeadlineSeconds") === undefined) return [];
  const detail = `activeDeadlineSeconds in ${owner} is not Supported`;
  return [forbiddenField(`${field}.activeDeadlineSeconds`, detail)];
}
