import type { PlanContent } from "#model/plan.ts";

/** The objects a plan works on: two runs that share any of them may not both be unfinished. */
export interface RunScope {
  readonly nodes: readonly string[];
  readonly groups: readonly string[];
  /** UIDs of the pods of Pods targets; those on planned nodes are covered by their node. */
  readonly pods: readonly string[];
  /** Nodes that pods of Pods targets are on: who drains those, works on the same pods. */
  readonly podNodes: readonly string[];
}

export function scopeOf(content: PlanContent): RunScope {
  const nodes: string[] = [];
  const groups = new Set<string>();
  const pods: string[] = [];
  const podNodes = new Set<string>();
  for (const step of content.steps) {
    if (step.kind === "CordonNode") nodes.push(step.target.name);
    if (step.kind === "TerminateInstance") groups.add(step.target.group);
    if (step.kind !== "EvictPod" || step.lane.startsWith("node/")) continue;
    pods.push(step.target.uid);
    podNodes.add(step.target.node);
  }
  return { nodes, groups: [...groups], pods, podNodes: [...podNodes] };
}

/** "node x", "group y" or "pod …" that both have; null where they are apart. */
export function sharedObject(one: RunScope, other: RunScope): string | null {
  const shared = (kind: string, ones: readonly string[], others: readonly string[]): string | null => {
    const found = ones.find((name) => others.includes(name));
    return found === undefined ? null : `${kind} ${found}`;
  };
  return (
    shared("node", one.nodes, other.nodes) ??
    shared("group", one.groups, other.groups) ??
    shared("pod uid", one.pods, other.pods) ??
    shared("node", one.nodes, other.podNodes) ??
    shared("node", one.podNodes, other.nodes)
  );
}
