/** A node by its group and its place among the group's Nodes in the order of their names, from 0. */
export interface ScenarioNode {
  readonly group: string;
  readonly index?: number;
}

interface Workload {
  readonly workload: "Deployment" | "StatefulSet" | "DaemonSet";
  readonly namespace?: string;
  readonly name: string;
}

/** Scales a workload: to each size of the pattern in turn, round and round, one a period. */
export interface HorizontalAutoscalerActor {
  readonly kind: "horizontalAutoscaler";
  readonly workload: "Deployment" | "StatefulSet";
  readonly namespace?: string;
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Sizes; each is brought within min and max. */
  readonly pattern: readonly number[];
  /** "30s"; the first after one period. */
  readonly every: string;
  /** After so many changes it rests; absent: never. */
  readonly times?: number;
}

/** What a human does once, "60s" after the start. */
export type HumanActor = { readonly kind: "human"; readonly at: string } & (
  | { readonly does: "cordon" | "uncordon" | "drain"; readonly node: ScenarioNode }
  | { readonly does: "deletePod"; readonly namespace?: string; readonly app: string }
  | ({ readonly does: "scale"; readonly replicas: number } & Workload)
  | ({ readonly does: "restart" } & Workload)
);

/** EC2 takes an instance back: a notice and its taint at the time, the end two minutes later. */
export interface SpotInterruptionActor {
  readonly kind: "spotInterruption";
  readonly at: string;
  readonly node: ScenarioNode;
}

/** Adds instances for pods that fit nowhere, takes those away that nobody has needed for a while. */
export interface ClusterAutoscalerActor {
  readonly kind: "clusterAutoscaler";
  readonly group: string;
  /** How often it looks; default "10s". */
  readonly every?: string;
  /** How long a node has to be empty; default "10m". */
  readonly unneededFor?: string;
  /** After so many looks it rests; absent: never. */
  readonly times?: number;
}

/** A controller that nobody here knows: its pods come back under their own names. */
export interface CustomOwnerActor {
  readonly kind: "customOwner";
  readonly apiVersion: string;
  /** Of the owner, such as "Database". */
  readonly ownerKind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly replicas: number;
  /** Gone → its successor exists; default "2s". */
  readonly after?: string;
  /** "3s": Running → Ready. */
  readonly ready?: string;
  readonly requests?: Readonly<Record<string, string>>;
}

/** Somebody or something else that acts on the cluster. Times count from the moment the world is made. */
export type ScenarioActor =
  | HorizontalAutoscalerActor
  | HumanActor
  | SpotInterruptionActor
  | ClusterAutoscalerActor
  | CustomOwnerActor;
