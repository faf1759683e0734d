import { textAt, valueAt } from "../json.ts";
import type { Plural } from "./kind-types.ts";
import type { KindInfo } from "./kinds.ts";
import type { Resource } from "./object-types.ts";
import { SelectorError } from "./selectors.ts";

/** Fields by which a kind can be selected besides its name. Source: AddFieldLabelConversionFunc of pkg/apis. */
const fieldsOfKind: { readonly [P in Plural]?: readonly string[] } = {
  pods: [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  nodes: ["spec.unschedulable"],
  namespaces: ["status.phase"],
  secrets: ["type"],
  services: ["spec.clusterIP", "spec.type"],
  events: [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  jobs: ["status.successful"],
};

/** The query parameter fieldSelector: "spec.nodeName=n1,status.phase!=Succeeded". */
export function parseFieldSelector(info: KindInfo, text: string): (object: Resource) => boolean {
  const tests = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => parseTerm(info, part));
  return (object) => tests.every((test) => test(object));
}

function parseTerm(info: KindInfo, text: string): (object: Resource) => boolean {
  const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(text);
  const field = match?.[1];
  if (match === null || field === undefined) {
    throw new SelectorError(`invalid selector: '${text}'; can't understand '${text}'`);
  }
  const isSupported =
    field === "metadata.name" ||
    (field === "metadata.namespace" && (info.isNamespaced || info.plural === "nodes")) ||
    fieldsOfKind[info.plural]?.includes(field) === true;
  if (!isSupported) throw new SelectorError(unsupported(info, field));
  const wanted = match[3] ?? "";
  const negated = match[2] === "!=";
  return (object) => (fieldText(object, field) === wanted) !== negated;
}

/** Absent texts are empty, absent flags false. */
function fieldText(object: Resource, field: string): string {
  if (field === "spec.unschedulable" || field === "spec.hostNetwork") {
    return String(valueAt(object, ...field.split(".")) === true);
  }
  if (field === "status.successful") return String(valueAt(object, "status", "succeeded") ?? 0);
  if (field === "source") {
    return textAt(object, "source", "component") ?? textAt(object, "reportingComponent") ?? "";
  }
  return textAt(object, ...field.split(".")) ?? "";
}

/** Kinds with fields of their own have words of their own. Source: measured; apis/core/v1/conversion.go */
function unsupported({ group, plural }: KindInfo, field: string): string {
  if (plural === "jobs") return `field label ${JSON.stringify(field)} not supported for Job`;
  if (fieldsOfKind[plural] !== undefined && group === "") return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

/** The name that "metadata.name=X" asks for; authorization goes by it. */
export function nameInFieldSelector(text = ""): string | undefined {
  return /(?:^|,)metadata\.name==?([^,]+)/.exec(text)?.[1];
}
