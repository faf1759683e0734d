import type { Selector } from "#model/selector.ts";
import { compareTexts } from "./compare.ts";
import { formatSelector } from "./selector.ts";

/*
 * A step's id comes from its scope, object and verb, never from its position: one more node or pod
 * renumbers nothing.
 */

export type NodeVerb = "cordon" | "resolve" | "empty" | "terminate" | "gone" | "new-node";

export function nodeLaneId(node: string): string {
  return `node/${node}`;
}

export function podsLaneId(namespaces: readonly string[], selector: Selector): string {
  return `pods/${[...namespaces].sort(compareTexts).join("+")}/${formatSelector(selector)}`;
}

export function nodeStepId(laneId: string, verb: NodeVerb): string {
  return `${laneId}/${verb}`;
}

/** "node/NAME/evict/NS/POD" in a drain, "pods/evict/NS/POD" in a Pods target. */
export function podStepId(
  laneId: string,
  verb: "evict" | "await",
  pod: { readonly namespace: string; readonly name: string },
): string {
  const scope = laneId.startsWith("node/") ? laneId : "pods";
  return `${scope}/${verb}/${pod.namespace}/${pod.name}`;
}
