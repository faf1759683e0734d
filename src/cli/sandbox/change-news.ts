import { valueAt } from "#world/json.ts";
import type { Resource } from "#world/kubernetes/object-types.ts";
import type { WorldChange } from "#world/world.ts";
import { isReady } from "./moods.ts";

/** What a change of a node or a pod means to somebody who watches; undefined: nothing. */
export function describeChange({ plural, type, object, previous }: WorldChange): string | undefined {
  if (plural === "nodes") return nodeWords(type, object, previous);
  return plural === "pods" ? podWords(type, object, previous) : undefined;
}

function nodeWords(type: string, node: Resource, previous: Resource | undefined): string | undefined {
  const { name } = node.metadata;
  if (type === "DELETED") return `node ${name} is gone`;
  if (previous === undefined) return `node ${name} has joined`;
  if (isReady(node) !== isReady(previous)) return `node ${name} is ${isReady(node) ? "" : "not "}Ready`;
  const isCordoned = valueAt(node, "spec", "unschedulable") === true;
  if (isCordoned === (valueAt(previous, "spec", "unschedulable") === true)) return undefined;
  return `node ${name} is ${isCordoned ? "cordoned" : "no longer cordoned"}`;
}

function podWords(type: string, pod: Resource, previous: Resource | undefined): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (type === "DELETED") return `pod ${name} is gone`;
  const node = valueAt(pod, "spec", "nodeName");
  if (node !== undefined && valueAt(previous, "spec", "nodeName") === undefined) {
    return `pod ${name} starts on ${node}`;
  }
  if (previous === undefined) return undefined;
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  if (isEnding)
    return previous.metadata.deletionTimestamp === undefined ? `pod ${name} is stopping` : undefined;
  const phase = valueAt(pod, "status", "phase");
  if (phase !== valueAt(previous, "status", "phase") && (phase === "Succeeded" || phase === "Failed")) {
    return `pod ${name} has ${phase === "Failed" ? "failed" : "finished"}`;
  }
  if (isReady(pod) && !isReady(previous)) return `pod ${name} is Ready`;
  return isUnschedulable(pod) && !isUnschedulable(previous) ? `pod ${name} finds no node` : undefined;
}

function isUnschedulable(pod: Resource): boolean {
  const conditions = valueAt(pod, "status", "conditions");
  return (
    Array.isArray(conditions) &&
    conditions.some((condition) => valueAt(condition, "reason") === "Unschedulable")
  );
}
