import type { Lane, ObservedPod, PlanContent } from "#model/plan.ts";

export interface StayingPods {
  /** By the lane's id. */
  readonly byLane: ReadonlyMap<string, readonly ObservedPod[]>;
  /** Of Pods targets that share a namespace: a plan does not tell whose they are. */
  readonly ofSeveral: readonly ObservedPod[];
}

/**
 * Pods that stay, below the lane that a reader looks for them in: their node's, or that of the Pods
 * target which takes their namespace.
 */
export function stayingPods({ lanes, spec, observed }: PlanContent): StayingPods {
  const byNode = new Map(lanes.flatMap((lane) => (lane.kind === "node" ? [[lane.node, lane]] : [])));
  const byNamespace = new Map<string, Lane[]>();
  for (const lane of lanes) {
    const target = spec.targets[lane.target];
    if (lane.kind !== "pods" || target?.kind !== "Pods") continue;
    for (const namespace of new Set(target.namespaces)) {
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), lane]);
    }
  }
  const byLane = new Map<string, ObservedPod[]>();
  const ofSeveral: ObservedPod[] = [];
  for (const pod of observed.pods) {
    if (pod.stays === null) continue;
    const node = byNode.get(pod.node);
    const [lane, other] = node ? [node] : (byNamespace.get(pod.namespace) ?? []);
    if (lane === undefined || other !== undefined) ofSeveral.push(pod);
    else if (byLane.get(lane.id)?.push(pod) === undefined) byLane.set(lane.id, [pod]);
  }
  return { byLane, ofSeveral };
}
