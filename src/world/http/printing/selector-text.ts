import { isRecord, valueAt } from "#world/json.ts";
import { list, orNone, text } from "./printer.ts";

/** {app: web} → "app=web", in the order of the keys. */
export function labelsText(labels: unknown): string {
  if (!isRecord(labels)) return "<none>";
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return orNone(pairs.toSorted().join(","));
}

/** A label selector as kubectl writes it: "app=web,tier in (a,b),!old". */
export function selectorText(selector: unknown): string {
  const labels = valueAt(selector, "matchLabels");
  const equal = isRecord(labels)
    ? Object.entries(labels).map(([key, value]) => [key, `${key}=${value}`])
    : [];
  const expressions = list(selector, "matchExpressions").map((expression) => {
    const key = text(expression, "key");
    return [key, expressionText(key, text(expression, "operator"), list(expression, "values").map(String))];
  });
  const all = [...equal, ...expressions].toSorted(([left = ""], [right = ""]) =>
    left < right ? -1 : left > right ? 1 : 0,
  );
  return orNone(all.map(([, words]) => words).join(","));
}

function expressionText(key: string, operator: string, values: readonly string[]): string {
  const among = `(${values.toSorted().join(",")})`;
  switch (operator) {
    case "In":
      return `${key} in ${among}`;
    case "NotIn":
      return `${key} notin ${among}`;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return key;
  }
}
