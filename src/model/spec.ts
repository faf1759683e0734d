import type { Selector } from "./selector.ts";

/**
 * The resolved spec: every default is written out, durations are seconds, selectors are parsed.
 * It stands in the plan as it is here. The raw shape, with help for each field: dextre.schema.json.
 */
export interface Spec {
  readonly name: string;
  readonly targets: readonly Target[];
  readonly order: { readonly nodes: readonly NodeOrderKey[]; readonly pods: readonly PodOrderKey[] };
  readonly limits: {
    /** How many nodes may be unavailable at a time. At least 1. */
    readonly maxUnavailableNodes: number;
    /** How many pods may be under way (evicted, not yet replaced) at a time. At least 1. */
    readonly podsInParallel: number;
    /** Pods a node may turn out to hold beyond the plan; null: 2 × planned + 10 for each node. */
    readonly maxDiscovered: number | null;
  };
  readonly replace: { readonly mode: ReplaceMode };
  readonly pods: {
    readonly unmanaged: "block" | "evict";
    readonly localStorage: "block" | "evict";
    readonly jobs: "block" | "evict";
    readonly unplaceable: "block" | "awaitNode";
    /** A replacement counts once Ready this long, if longer than minReadySeconds. 0: at once. */
    readonly stableForSeconds: number;
    /** Sent with every eviction; null: nothing is sent and the pod's own grace period holds. */
    readonly gracePeriodSeconds: number | null;
  };
  readonly nodes: {
    /** A new node counts once Ready this long. 0: at once. */
    readonly stableForSeconds: number;
    /** What to do with a node that is not Ready and whose last pods terminate past their grace. */
    readonly unreachable: "stop" | "terminate";
  };
  readonly controlPlane: { readonly allowOutage: boolean };
  readonly timeouts: {
    readonly evictionSeconds: number;
    readonly replacementSeconds: number;
    readonly nodeSeconds: number;
  };
  /** null: taken from the nodes' own identity and the environment. */
  readonly aws: { readonly region: string | null; readonly cluster: string | null };
}

/** terminate: the group launches the successor. none: drain only, the node stays cordoned. */
export type ReplaceMode = "terminate" | "none";

export type NodeOrderKey =
  | "name"
  | "oldestFirst"
  | "fewestPods"
  | "zone"
  | "zoneRoundRobin"
  | "group"
  | "listed";

export type PodOrderKey = "regularBeforeSystem" | "priority" | "name";

export type Target = NodesTarget | PodsTarget;

/** Nodes that match everything that is given; at least one of role, selector, groups, names is. */
export interface NodesTarget {
  readonly kind: "Nodes";
  readonly role: string | null;
  readonly selector: Selector | null;
  readonly groups: readonly string[];
  readonly names: readonly string[];
  readonly exclude: Selector | null;
}

export interface PodsTarget {
  readonly kind: "Pods";
  readonly namespaces: readonly string[];
  readonly selector: Selector;
}
