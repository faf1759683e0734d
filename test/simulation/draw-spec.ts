import type { Random } from "#world/random.ts";
import type { DrawnCluster } from "./draw-cluster.ts";

/** The values of a spec that a seed decides; plain, so that a failing one can be made smaller. */
export interface DrawnSpec {
  readonly targets: readonly string[];
  readonly nodeOrder: string;
  readonly maxUnavailableNodes: number;
  readonly podsInParallel: number;
  readonly stableFor: number;
  readonly nodesStableFor: number;
  /** null: the pods' own. */
  readonly gracePeriod: number | null;
  readonly unreachable: "stop" | "terminate";
  /** Absent: the default. */
  readonly maxDiscovered?: number;
  readonly unmanaged: boolean;
  readonly localStorage: boolean;
}

const ORDERS = ["name", "zone", "oldestFirst", "fewestPods", "zoneRoundRobin", "group"] as const;

const oneIn = (random: Random, count: number): boolean => random.between(1, count) === 1;

/** A spec that rolls the workers of a drawn cluster, in an order of its own. */
export function drawSpec({ needs }: DrawnCluster, random: Random): DrawnSpec {
  const pods = oneIn(random, 3) ? ["{kind: Pods, namespaces: [default, kube-system], selector: app=w0}"] : [];
  return {
    targets: [...pods, oneIn(random, 4) ? "{kind: Nodes, groups: [nodes-0]}" : "{kind: Nodes, role: node}"],
    nodeOrder: ORDERS[random.between(0, ORDERS.length - 1)] ?? "name",
    // More is not built yet.
    maxUnavailableNodes: 1,
    podsInParallel: 1,
    stableFor: random.between(0, 3),
    nodesStableFor: oneIn(random, 3) ? random.between(1, 20) : 0,
    gracePeriod: oneIn(random, 6) ? random.between(1, 20) : null,
    unreachable: oneIn(random, 5) ? "terminate" : "stop",
    ...needs,
  };
}

export function specText(spec: DrawnSpec): string {
  const { nodeOrder, gracePeriod } = spec;
  const discovered = spec.maxDiscovered === undefined ? "" : `, maxDiscovered: ${spec.maxDiscovered}`;
  const lines = [
    "apiVersion: dextre.dev/v1alpha1",
    "kind: Upgrade",
    "metadata: {name: storm}",
    "spec:",
    "  targets:",
    ...spec.targets.map((target) => `    - ${target}`),
    `  order: {nodes: [${nodeOrder}${nodeOrder === "name" ? "" : ", name"}]}`,
    `  limits: {maxUnavailableNodes: ${spec.maxUnavailableNodes}, podsInParallel: ${spec.podsInParallel}${discovered}}`,
    "  pods:",
    `    stableFor: ${spec.stableFor}s`,
    ...(gracePeriod === null ? [] : [`    gracePeriod: ${gracePeriod}s`]),
    ...(spec.unmanaged ? ["    unmanaged: evict"] : []),
    ...(spec.localStorage ? ["    localStorage: evict"] : []),
    `  nodes: {stableFor: ${spec.nodesStableFor}s, unreachable: ${spec.unreachable}}`,
  ];
  return `${lines.join("\n")}\n`;
}
