import { isRecord, type JsonRecord, valueAt } from "#world/json.ts";
import { since } from "./human-duration.ts";
import { columns, createdAt, list, nameOf, orNone, type Printer, text } from "./printer.ts";

const rolePrefix = "node-role.kubernetes.io/";
const orUnknown = (found: string): string => (found === "" ? "<unknown>" : found);

/** Source: kubectl get nodes. */
export const nodePrinter: Printer = {
  columns: columns(
    "Name*",
    "Status",
    "Roles",
    "Age",
    "Version",
    "Internal-IP+",
    "External-IP+",
    "OS-Image+",
    "Kernel-Version+",
    "Container-Runtime+",
  ),
  cells: (node, now) => {
    const about = (field: string): string => text(node, "status", "nodeInfo", field);
    const architecture = about("architecture");
    const kernel = orUnknown(about("kernelVersion"));
    return [
      nameOf(node),
      nodeStatus(node),
      orNone(nodeRoles(node).join(",")),
      since(createdAt(node), now),
      about("kubeletVersion"),
      address(node, "InternalIP"),
      address(node, "ExternalIP"),
      orUnknown(about("osImage")),
      architecture === "" ? kernel : `${kernel} (${architecture})`,
      orUnknown(about("containerRuntimeVersion")),
    ];
  },
};

function nodeStatus(node: JsonRecord): string {
  const ready = list(node, "status", "conditions").find((condition) => text(condition, "type") === "Ready");
  const word = ready === undefined ? "Unknown" : text(ready, "status") === "True" ? "Ready" : "NotReady";
  return valueAt(node, "spec", "unschedulable") === true ? `${word},SchedulingDisabled` : word;
}

function nodeRoles(node: JsonRecord): readonly string[] {
  const labels = valueAt(node, "metadata", "labels");
  if (!isRecord(labels)) return [];
  const roles = Object.entries(labels).map(([key, value]) =>
    key.startsWith(rolePrefix)
      ? key.slice(rolePrefix.length)
      : key === "kubernetes.io/role"
        ? String(value)
        : "",
  );
  return [...new Set(roles.filter((role) => role !== ""))].toSorted();
}

function address(node: JsonRecord, type: string): string {
  const found = list(node, "status", "addresses").find((one) => text(one, "type") === type);
  return orNone(text(found, "address"));
}
