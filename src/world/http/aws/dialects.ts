import type { QueryValue } from "./query-parameters.ts";
import { contentOf, element, escapeText, type XmlDialect } from "./xml.ts";

export type Service = "autoscaling" | "ec2";

const autoScalingDialect: XmlDialect = { nameOf: (member) => member, item: "member" };
const autoScalingSpace = ' xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/"';
const ec2Space = ' xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"';

/** EC2 writes its lists "reservationSet" and all else with a small first letter, but for these. */
const ec2Names: Readonly<Record<string, string>> = {
  Instances: "instancesSet",
  LaunchTemplates: "launchTemplates",
  State: "instanceState",
  Tags: "tagSet",
  TerminatingInstances: "instancesSet",
};

const ec2Dialect: XmlDialect = {
  nameOf(member, value) {
    const known = ec2Names[member];
    if (known !== undefined) return known;
    const name = `${member.charAt(0).toLowerCase()}${member.slice(1)}`;
    return Array.isArray(value) ? `${name.replace(/s$/, "")}Set` : name;
  },
  item: "item",
};

/** Source: EC2 API reference, InstanceState. */
const stateCodes: Readonly<Record<string, number>> = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function answerXml(service: Service, action: string, requestId: string, output: unknown): string {
  if (service === "ec2") {
    const content = element("requestId", requestId) + contentOf(withStateCodes(output), ec2Dialect);
    return element(`${action}Response`, content, ec2Space);
  }
  const result = element(`${action}Result`, contentOf(output, autoScalingDialect));
  const metadata = element("ResponseMetadata", element("RequestId", requestId));
  return element(`${action}Response`, result + metadata, autoScalingSpace);
}

export function errorXml(
  service: Service,
  requestId: string,
  code: string,
  message: string,
  isOurs: boolean,
): string {
  const words = element("Code", escapeText(code)) + element("Message", escapeText(message));
  if (service === "ec2") {
    return element("Response", element("Errors", element("Error", words)) + element("RequestID", requestId));
  }
  const error = element("Error", element("Type", isOurs ? "Receiver" : "Sender") + words);
  return element("ErrorResponse", error + element("RequestId", requestId), autoScalingSpace);
}

/** Wherever the name of an instance's state stands, its number stands too. */
function withStateCodes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withStateCodes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [
    name,
    name.endsWith("State") ? withCode(member) : withStateCodes(member),
  ]);
  return Object.fromEntries(entries);
}

function withCode(state: unknown): unknown {
  const name = (state as { readonly Name?: string } | undefined)?.Name;
  return name === undefined ? state : { Code: stateCodes[name] ?? 0, Name: name };
}

/** Query names that are not the names of the action's input. Source: EC2 API reference. */
const ec2Inputs: Readonly<Record<string, string>> = {
  InstanceId: "InstanceIds",
  Filter: "Filters",
  Value: "Values",
  LaunchTemplateVersion: "Versions",
  LaunchTemplateId: "LaunchTemplateIds",
  LaunchTemplateName: "LaunchTemplateNames",
};

const numbers: ReadonlySet<string> = new Set([
  "MaxRecords",
  "MaxResults",
  "MinSize",
  "MaxSize",
  "DesiredCapacity",
  "DefaultCooldown",
  "HealthCheckGracePeriod",
  "HeartbeatTimeout",
  "RequestedCapacity",
  "MinHealthyPercentage",
  "MaxHealthyPercentage",
  "InstanceWarmup",
]);
const booleans: ReadonlySet<string> = new Set([
  "ShouldDecrementDesiredCapacity",
  "HonorCooldown",
  "ForceDelete",
  "ProtectedFromScaleIn",
  "NewInstancesProtectedFromScaleIn",
  "ShouldRespectGracePeriod",
  "PropagateAtLaunch",
  "SkipMatching",
  "AutoRollback",
  "DryRun",
  "IncludeDeletedGroups",
  "IncludeAllInstances",
]);

/** A query as the action's input: list names in the plural, numbers and booleans as such. */
export function inputOf(
  service: Service,
  query: Readonly<Record<string, QueryValue>>,
): Readonly<Record<string, unknown>> {
  const { Action: _action, Version: _version, ...members } = query;
  return convertMembers(service, members);
}

function convertMembers(
  service: Service,
  members: Readonly<Record<string, QueryValue>>,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries(members).map(([name, value]) => {
    const isRenamed = service === "ec2" && Array.isArray(value);
    return [isRenamed ? (ec2Inputs[name] ?? name) : name, convert(service, name, value)];
  });
  return Object.fromEntries(entries);
}

function convert(service: Service, name: string, value: QueryValue): unknown {
  if (typeof value === "string") {
    if (numbers.has(name)) return Number(value);
    return booleans.has(name) ? value === "true" : value;
  }
  if (Array.isArray(value)) return value.map((item: QueryValue) => convert(service, "", item));
  return convertMembers(service, value as Readonly<Record<string, QueryValue>>);
}
