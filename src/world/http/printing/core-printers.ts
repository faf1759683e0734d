import { type JsonRecord, valueAt } from "#world/json.ts";
import { since } from "./human-duration.ts";
import {
  between,
  columns,
  count,
  createdAt,
  list,
  nameOf,
  orNone,
  type Printer,
  size,
  text,
} from "./printer.ts";
import { labelsText } from "./selector-text.ts";

export const namespacePrinter = between(["Status"], (object) => [text(object, "status", "phase")]);
export const configMapPrinter = between(["Data"], (object) => [
  size(object, "data") + size(object, "binaryData"),
]);
export const secretPrinter = between(["Type", "Data"], (object) => [
  text(object, "type"),
  size(object, "data"),
]);
export const leasePrinter = between(["Holder"], (object) => [text(object, "spec", "holderIdentity")]);
/** Also for kinds that have nothing else to tell. */
export const plainPrinter = between([], () => []);

export const priorityClassPrinter: Printer = {
  columns: columns("Name*", "Value:integer", "Global-Default:boolean", "Age", "PreemptionPolicy"),
  cells: (object, now) => [
    nameOf(object),
    count(object, "value"),
    valueAt(object, "globalDefault") === true,
    since(createdAt(object), now),
    text(object, "preemptionPolicy"),
  ],
};

export const servicePrinter = between(
  ["Type", "Cluster-IP", "External-IP", "Port(s)"],
  (object) => [
    text(object, "spec", "type"),
    orNone(text(object, "spec", "clusterIP")),
    externalIp(object),
    orNone(list(object, "spec", "ports").map(portText).join(",")),
  ],
  { names: ["Selector+"], tell: (object) => [labelsText(valueAt(object, "spec", "selector"))] },
);

function externalIp(service: JsonRecord): string {
  const given = list(service, "spec", "externalIPs").join(",");
  switch (text(service, "spec", "type")) {
    case "ClusterIP":
    case "NodePort":
      return orNone(given);
    case "LoadBalancer":
      return given === "" ? "<pending>" : given;
    case "ExternalName":
      return text(service, "spec", "externalName");
    default:
      return "<unknown>";
  }
}

function portText(port: unknown): string {
  const nodePort = count(port, "nodePort");
  return `${count(port, "port")}${nodePort > 0 ? `:${nodePort}` : ""}/${text(port, "protocol")}`;
}

const eventColumns = columns(
  "Last Seen",
  "Type",
  "Reason",
  "Object",
  "Subobject+",
  "Source+",
  "Message",
  "First Seen+",
  "Count+",
  "Name*+",
);

export const eventPrinter: Printer = {
  columns: eventColumns,
  cells: (event, now) => {
    const first = since(text(event, "firstTimestamp") || text(event, "eventTime"), now);
    const last = text(event, "series", "lastObservedTime") || text(event, "lastTimestamp");
    const kind = text(event, "involvedObject", "kind").toLowerCase();
    const name = text(event, "involvedObject", "name");
    const component = text(event, "source", "component") || text(event, "reportingComponent");
    const host = text(event, "source", "host") || text(event, "reportingInstance");
    return [
      last === "" ? first : since(last, now),
      text(event, "type"),
      text(event, "reason"),
      name === "" ? kind : `${kind}/${name}`,
      text(event, "involvedObject", "fieldPath"),
      host === "" ? component : `${component}, ${host}`,
      text(event, "message").trim(),
      first,
      count(event, "series", "count") || count(event, "count") || 1,
      nameOf(event),
    ];
  },
};
