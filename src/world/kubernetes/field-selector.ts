import { textAt } from "../json.ts";
import type { KindInfo } from "./kinds.ts";
import { SelectorError } from "./selectors.ts";
import type { Resource } from "./types.ts";

/** Fields that the API server can select by, as far as modelled. */
const podFields = ["spec.nodeName", "status.phase", "spec.restartPolicy", "spec.schedulerName"];

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
  if (match === null || field === undefined) throw new SelectorError(`invalid selector: '${text}'`);
  const isSupported =
    field === "metadata.name" ||
    (field === "metadata.namespace" && info.isNamespaced) ||
    (info.plural === "pods" && podFields.includes(field)) ||
    (info.plural === "nodes" && field === "spec.unschedulable") ||
    (info.plural === "events" && field.startsWith("involvedObject."));
  if (!isSupported) throw new SelectorError(unsupported(info, field));
  const path = field.split(".");
  const wanted = match[3] ?? "";
  const negated = match[2] === "!=";
  return (object) => ((textAt(object, ...path) ?? "") === wanted) !== negated;
}

/** Kinds with fields of their own have words of their own. Source: measured; apis/core/v1/conversion.go */
function unsupported({ group, plural }: KindInfo, field: string): string {
  const hasOwn = ["pods", "nodes", "namespaces", "events", "secrets", "services"].includes(plural);
  if (hasOwn && group === "") return `field label not supported: ${field}`;
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
