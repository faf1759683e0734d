import { isRecord, type JsonRecord, valueAt } from "../json.ts";
import {
  dnsLabelProblems,
  labelsProblems,
  labelValueProblems,
  qualifiedProblems,
  selectorProblems,
} from "./names.ts";
import { bad, duplicate, negative, required, unsupported } from "./problems.ts";
import { parseQuantity } from "./quantity.ts";
import type { Problem } from "./status.ts";

export function recordsAt(value: unknown, key: string): readonly JsonRecord[] {
  const list = valueAt(value, key);
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/**
 * Everything wrong with a pod's spec, of a pod or in a template. Containers may mount `added` too: volumes that a
 * controller puts in. Source: core validation.ValidatePodSpec.
 */
export function podSpecProblems(
  path: string,
  spec: unknown,
  added: readonly JsonRecord[] = [],
): readonly Problem[] {
  const volumes = recordsAt(spec, "volumes");
  const mountable = [...volumes, ...added];
  return [
    ...volumeProblems(`${path}.volumes`, volumes),
    ...containersProblems(path, spec, mountable),
    ...initProblems(path, spec, mountable),
    ...oneOf(`${path}.restartPolicy`, valueAt(spec, "restartPolicy"), ["Always", "OnFailure", "Never"]),
    ...oneOf(`${path}.dnsPolicy`, valueAt(spec, "dnsPolicy"), [
      "ClusterFirstWithHostNet",
      "ClusterFirst",
      "Default",
      "None",
    ]),
    ...labelsProblems(`${path}.nodeSelector`, valueAt(spec, "nodeSelector")),
    ...recordsAt(spec, "topologySpreadConstraints").flatMap((constraint, index) =>
      spreadProblems(`${path}.topologySpreadConstraints[${index}]`, constraint),
    ),
    ...recordsAt(spec, "tolerations").flatMap((toleration, index) =>
      tolerationProblems(`${path}.tolerations[${index}]`, toleration),
    ),
  ];
}

function oneOf(field: string, value: unknown, supported: readonly string[]): readonly Problem[] {
  if (value === undefined || value === "") return [required(field)];
  return supported.includes(String(value)) ? [] : [unsupported(field, value, supported)];
}

function volumeProblems(path: string, volumes: readonly JsonRecord[]): readonly Problem[] {
  const seen = new Set<unknown>();
  return volumes.flatMap((volume, index) => {
    const field = `${path}[${index}].name`;
    const { name = "" } = volume;
    if (name === "") return [required(field)];
    if (seen.has(name)) return [duplicate(field, name)];
    seen.add(name);
    return dnsLabelProblems(field, String(name));
  });
}

function containersProblems(path: string, spec: unknown, volumes: readonly JsonRecord[]): readonly Problem[] {
  const containers = recordsAt(spec, "containers");
  if (containers.length === 0) return [required(`${path}.containers`)];
  const seen = new Set<unknown>();
  return containers.flatMap((container, index) => {
    const field = `${path}.containers[${index}]`;
    const repeated = seen.has(container.name) ? [duplicate(`${field}.name`, container.name)] : [];
    seen.add(container.name);
    return [...containerProblems(field, container, volumes), ...repeated];
  });
}

function initProblems(path: string, spec: unknown, volumes: readonly JsonRecord[]): readonly Problem[] {
  const seen = new Set(recordsAt(spec, "containers").map(({ name }) => name));
  return recordsAt(spec, "initContainers").flatMap((container, index) => {
    const field = `${path}.initContainers[${index}]`;
    const repeated = seen.has(container.name) ? [duplicate(`${field}.name`, container.name)] : [];
    seen.add(container.name);
    return [...containerProblems(field, container, volumes), ...repeated];
  });
}

function containerProblems(
  path: string,
  container: JsonRecord,
  volumes: readonly JsonRecord[],
): readonly Problem[] {
  const { name = "", image = "" } = container;
  const policies = ["FallbackToLogsOnError", "File"];
  return [
    ...(name === "" ? [required(`${path}.name`)] : dnsLabelProblems(`${path}.name`, String(name))),
    ...(image === "" ? [required(`${path}.image`)] : []),
    ...oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, policies),
    ...recordsAt(container, "ports").flatMap((port, index) => portProblems(`${path}.ports[${index}]`, port)),
    ...recordsAt(container, "env").flatMap((variable, index) =>
      (variable.name ?? "") === "" ? [required(`${path}.env[${index}].name`)] : [],
    ),
    ...mountProblems(`${path}.volumeMounts`, recordsAt(container, "volumeMounts"), volumes),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]),
    ...resourceProblems(`${path}.resources`, container.resources),
  ];
}

function portProblems(path: string, { containerPort, hostPort, protocol }: JsonRecord): readonly Problem[] {
  const isPort = (value: unknown): boolean => typeof value === "number" && value >= 1 && value <= 65535;
  const range = "must be between 1 and 65535, inclusive";
  const isAbsent = containerPort === undefined || containerPort === 0;
  return [
    ...(isAbsent ? [required(`${path}.containerPort`)] : []),
    ...(isAbsent || isPort(containerPort) ? [] : [bad(`${path}.containerPort`, containerPort, range)]),
    ...(hostPort === undefined || isPort(hostPort) ? [] : [bad(`${path}.hostPort`, hostPort, range)]),
    ...oneOf(`${path}.protocol`, protocol, ["SCTP", "TCP", "UDP"]),
  ];
}

function mountProblems(
  path: string,
  mounts: readonly JsonRecord[],
  volumes: readonly JsonRecord[],
): readonly Problem[] {
  const seen = new Set<unknown>();
  return mounts.flatMap((mount, index) => {
    const { name = "", mountPath = "" } = mount;
    const field = `${path}[${index}]`;
    const isKnown = volumes.some((volume) => volume.name === name);
    const missing: Problem = {
      reason: "FieldValueNotFound",
      message: `Not found: ${JSON.stringify(name)}`,
      field: `${field}.name`,
    };
    const problems = [
      ...(name === "" ? [required(`${field}.name`)] : []),
      ...(isKnown ? [] : [missing]),
      ...(mountPath === "" ? [required(`${field}.mountPath`)] : []),
      ...(seen.has(mountPath) ? [bad(`${field}.mountPath`, mountPath, "must be unique")] : []),
    ];
    seen.add(mountPath);
    return problems;
  });
}

const byte = new Set(["cpu", "memory", "ephemeral-storage"]);

/** Names of resources are not checked beyond being quantities that are not negative. */
function resourceProblems(path: string, resources: unknown): readonly Problem[] {
  const check = (list: string): readonly Problem[] => {
    const quantities = valueAt(resources, list);
    if (!isRecord(quantities)) return [];
    return Object.keys(quantities)
      .filter((name) => String(quantities[name]).startsWith("-"))
      .map((name) => bad(`${path}.${list}[${name}]`, quantities[name], "must be greater than or equal to 0"));
  };
  return [...check("limits"), ...check("requests"), ...excessProblems(path, resources)];
}

function excessProblems(path: string, resources: unknown): readonly Problem[] {
  const requests = valueAt(resources, "requests");
  if (!isRecord(requests)) return [];
  return Object.keys(requests).flatMap((name) => {
    const limit = valueAt(resources, "limits", name);
    const request = requests[name];
    if (limit === undefined || parseQuantity(String(request)) <= parseQuantity(String(limit))) return [];
    const detail = `must be less than or equal to ${name} limit of ${String(limit)}`;
    return byte.has(name) ? [bad(`${path}.requests`, request, detail)] : [];
  });
}

function spreadProblems(path: string, constraint: JsonRecord): readonly Problem[] {
  const { maxSkew = 0, topologyKey = "" } = constraint;
  const isPositive = typeof maxSkew === "number" && maxSkew > 0;
  return [
    ...(isPositive ? [] : [bad(`${path}.maxSkew`, maxSkew, "must be greater than zero")]),
    ...(topologyKey === "" ? [required(`${path}.topologyKey`, "can not be empty")] : []),
    ...oneOf(`${path}.whenUnsatisfiable`, constraint.whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]),
    ...minDomainsProblems(path, constraint),
    ...["nodeAffinityPolicy", "nodeTaintsPolicy"].flatMap((policy) =>
      oneOf(`${path}.${policy}`, constraint[policy] ?? "Honor", ["Honor", "Ignore"]),
    ),
    ...selectorProblems(`${path}.labelSelector`, constraint.labelSelector),
  ];
}

function minDomainsProblems(path: string, { minDomains, whenUnsatisfiable }: JsonRecord): readonly Problem[] {
  if (minDomains === undefined) return [];
  const field = `${path}.minDomains`;
  const isPositive = typeof minDomains === "number" && minDomains > 0;
  const only = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${String(whenUnsatisfiable)}`;
  return [
    ...(isPositive ? [] : [bad(field, minDomains, "must be greater than zero")]),
    ...(whenUnsatisfiable === "DoNotSchedule" ? [] : [bad(field, minDomains, only)]),
  ];
}

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

function tolerationProblems(path: string, toleration: JsonRecord): readonly Problem[] {
  const { key = "", operator = "", value = "", effect = "", tolerationSeconds } = toleration;
  const empty = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  const timed = "effect must be 'NoExecute' when `tolerationSeconds` is set";
  return [
    ...(key === "" ? [] : qualifiedProblems(`${path}.key`, String(key))),
    ...(key === "" && operator !== "Exists" ? [bad(`${path}.operator`, operator, empty)] : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? [bad(`${path}.effect`, effect, timed)]
      : []),
    ...(operator === "Exists" && value !== ""
      ? [bad(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")]
      : []),
    ...(operator === "" || operator === "Equal" ? labelValueProblems(`${path}.operator`, String(value)) : []),
    ...(["", "Equal", "Exists"].includes(String(operator))
      ? []
      : [unsupported(`${path}.operator`, operator, ["Equal", "Exists"])]),
    ...(effect === "" || effects.includes(String(effect))
      ? []
      : [unsupported(`${path}.effect`, effect, effects)]),
  ];
}

export function countsProblems(spec: unknown, ...fields: readonly string[]): readonly Problem[] {
  return fields.flatMap((field) => negative(`spec.${field}`, valueAt(spec, field)));
}
