import { isUnplaceable } from "../placement.ts";
import { isDaemonPod, podRef } from "../pod-facts.ts";
import { INCLUDE, type PodFilter } from "./filter.ts";

/**
 * No other node may take the pod. Accepted by pods.unplaceable: awaitNode where the successor of its
 * node comes; it is down until then. In a Pods target its own node may take it back.
 */
export const unplaceable: PodFilter = (pod, { snapshot, spec, scope }) => {
  if (isDaemonPod(pod) || pod.nodeName === "") return INCLUDE;
  const leaving = scope === "node" ? (snapshot.node(pod.nodeName) ?? null) : null;
  if (!isUnplaceable(pod, leaving, snapshot)) return INCLUDE;
  const finding = {
    code: "B-UNPLACEABLE" as const,
    object: podRef(pod),
    message: `pod ${pod.namespace}/${pod.name}: no ${scope === "node" ? "other " : ""}Ready, uncordoned node may take it`,
  };
  if (scope === "pods" || spec.replace.mode === "none") return { kind: "block", finding };
  if (spec.pods.unplaceable !== "awaitNode") {
    return { kind: "block", finding: { ...finding, acceptedBy: { field: "pods.unplaceable: awaitNode" } } };
  }
  return {
    kind: "include",
    awaitsNode: true,
    warning: {
      ...finding,
      message: `${finding.message}: it is down until the new node is Ready`,
      acceptedBy: { field: "pods.unplaceable: awaitNode" },
      accepted: true,
    },
  };
};
