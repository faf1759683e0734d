import { type JsonRecord, valueAt } from "#world/json.ts";
import { between, count, list, text } from "./printer.ts";

export const scalePrinter = between(["Desired:integer", "Available:integer"], (object) => [
  count(object, "spec", "replicas"),
  count(object, "status", "replicas"),
]);

export const autoscalerPrinter = between(
  ["Reference", "Targets", "MinPods", "MaxPods", "Replicas"],
  (object) => [
    `${text(object, "spec", "scaleTargetRef", "kind")}/${text(object, "spec", "scaleTargetRef", "name")}`,
    targets(object),
    String(valueAt(object, "spec", "minReplicas") ?? "<unset>"),
    count(object, "spec", "maxReplicas"),
    count(object, "status", "currentReplicas"),
  ],
);

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
