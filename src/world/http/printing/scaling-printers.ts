import { type JsonRecord, valueAt } from "#world/json.ts";
import { since } from "./human-duration.ts";
import { type Cell, columns, count, createdAt, list, nameOf, type Printer, text } from "./printer.ts";

export const scalePrinter: Printer = {
  columns: columns("Name*", "Desired:integer", "Available:integer", "Age"),
  cells: (object, now): readonly Cell[] => [
    nameOf(object),
    count(object, "spec", "replicas"),
    count(object, "status", "replicas"),
    since(createdAt(object), now),
  ],
};

export const autoscalerPrinter: Printer = {
  columns: columns("Name*", "Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"),
  cells: (object, now) => [
    nameOf(object),
    `${text(object, "spec", "scaleTargetRef", "kind")}/${text(object, "spec", "scaleTargetRef", "name")}`,
    targets(object),
    String(valueAt(object, "spec", "minReplicas") ?? "<unset>"),
    count(object, "spec", "maxReplicas"),
    count(object, "status", "currentReplicas"),
    since(createdAt(object), now),
  ],
};

/** "cpu: 20%/50%"; other kinds of metrics are not modelled. */
function targets(autoscaler: JsonRecord): string {
  const current = list(autoscaler, "status", "currentMetrics");
  const texts = list(autoscaler, "spec", "metrics").map((metric, index) => {
    const wanted = valueAt(metric, "resource", "target", "averageUtilization");
    const found = valueAt(current[index], "resource", "current", "averageUtilization");
    return `${text(metric, "resource", "name")}: ${percent(found, "<unknown>")}/${percent(wanted, "<auto>")}`;
  });
  return texts.length === 0 ? "<none>" : texts.join(", ");
}

const percent = (value: unknown, otherwise: string): string =>
  typeof value === "number" ? `${value}%` : otherwise;
