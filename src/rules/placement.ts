import type { Node, Pod, Taint, Toleration } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { nodesAskedFor } from "./candidates.ts";
import { hasLabels, matchesTerms } from "./node-terms.ts";
import { isHeldOff, type Obstacles, obstaclesOf } from "./pod-distance.ts";

/**
 * No Ready, uncordoned node but its own may take the pod: by nodeSelector, required affinity, the
 * zones of its volumes, taints, required anti-affinity and DoNotSchedule spread. Free room is not
 * judged here: it comes and goes. `node` is the one that leaves; null: every node may stay.
 * Source: kube-scheduler's filters.
 */
export function isUnplaceable(pod: Pod, node: Node | null, snapshot: Snapshot): boolean {
  let obstacles: Obstacles | undefined;
  for (const candidate of nodesAskedFor(pod, snapshot)) {
    if (candidate.name === node?.name) continue;
    // Cheaper than what a node offers, but dear the first time.
    if (obstacles && isHeldOff(candidate, obstacles)) continue;
    if (!isOpen(candidate) || !mayRunOn(pod, candidate, snapshot)) continue;
    obstacles ??= obstaclesOf(pod, snapshot);
    if (!isHeldOff(candidate, obstacles)) return false;
  }
  return true;
}

/** Takes new pods at all. */
export function isOpen(node: Node): boolean {
  return node.ready === "True" && !node.unschedulable && !node.terminating;
}

/**
 * By what the pod asks of a node itself, without regard to other pods and free room. Of a claim that
 * is not known nobody can say where its volume is: no node counts.
 */
export function mayRunOn(pod: Pod, node: Node, snapshot: Snapshot): boolean {
  return (
    toleratesAll(pod.tolerations, node.taints) &&
    hasLabels(node, pod.nodeSelector) &&
    matchesTerms(pod.nodeAffinity, node) &&
    pod.claims.every((name) => {
      const claim = snapshot.claim(pod.namespace, name);
      return claim !== undefined && matchesTerms(claim.nodeAffinity, node);
    })
  );
}

function toleratesAll(tolerations: readonly Toleration[], taints: readonly Taint[]): boolean {
  return taints
    .filter((taint) => taint.effect === "NoSchedule" || taint.effect === "NoExecute")
    .every((taint) => tolerations.some((toleration) => tolerates(toleration, taint)));
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== "" && toleration.effect !== taint.effect) return false;
  if (toleration.key === "") return toleration.operator === "Exists";
  if (toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || toleration.value === taint.value;
}
