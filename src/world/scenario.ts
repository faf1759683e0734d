import type { AccessPolicy } from "./kubernetes/access-policy.ts";
import type { Denial } from "./kubernetes/cluster.ts";
import type { Taint } from "./kubernetes/node-types.ts";
import type { Labels } from "./kubernetes/object-types.ts";
import type { Affinity, TopologySpreadConstraint } from "./kubernetes/pod-types.ts";
import type { ScenarioActor } from "./scenario-actors.ts";
import type { Timings } from "./timings.ts";

/** A budget that selects the workload's pods. */
export interface ScenarioBudget {
  readonly name?: string;
  readonly minAvailable?: number | string;
  readonly maxUnavailable?: number | string;
  readonly unhealthyPodEvictionPolicy?: string;
}

export interface ScenarioGroup {
  readonly name: string;
  /** Instances at the start, and the desired capacity. */
  readonly size: number;
  readonly min?: number;
  readonly max?: number;
  readonly zones: readonly string[];
  readonly role?: string;
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  readonly instanceType?: string;
  readonly capacity?: Labels;
  readonly kubeletVersion?: string;
  readonly launchTemplate?: {
    /** What the group follows: "$Latest" (default), "$Default" or a number as text. */
    readonly follows?: string;
    /** The version of the running instances; default 1. */
    readonly running?: number;
    readonly latest?: number;
  };
  readonly mirrorPods?: readonly string[];
  /** "10s": their start → Ready. */
  readonly mirrorPodsReady?: string;
  readonly suspended?: readonly string[];
  /** New instances take the DNS names, and so the Node names, of ended ones. */
  readonly reusesNames?: boolean;
  readonly hooks?: readonly ScenarioHook[];
  readonly terminationPolicies?: readonly string[];
}

/** A lifecycle hook that holds instances until somebody completes it, or its time is over. */
export interface ScenarioHook {
  readonly name: string;
  readonly when: "launching" | "terminating";
  /** "60s": the heartbeat; default an hour. */
  readonly timeout?: string;
  /** What happens at its end; default ABANDON. */
  readonly result?: "CONTINUE" | "ABANDON";
}

/** How the cloud behaves beside what it does. */
export interface ScenarioCloud {
  /** "2s": reads answer from a state up to this old. */
  readonly readLag?: string;
  /** Of each action: calls at once, and calls a second. */
  readonly throttle?: { readonly burst: number; readonly perSecond: number };
  /** Where instances are not to be had; absent members are every zone, every type. */
  readonly lacking?: readonly { readonly zone?: string; readonly instanceType?: string }[];
}

export type ScenarioWorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet" | "Job" | "Pod";

export interface ScenarioWorkload {
  readonly kind: ScenarioWorkloadKind;
  readonly namespace?: string;
  readonly name: string;
  /** So many workloads, NAME-1, NAME-2, …; labels must then be left out, that each has its own. */
  readonly copies?: number;
  readonly replicas?: number;
  /** Of pods and selector; default {app: NAME}. */
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly requests?: Labels;
  /** "3s", "500ms": Running → Ready. */
  readonly ready?: string;
  /** Told to stop → gone. */
  readonly stop?: string;
  /** Jobs: how long a pod runs. */
  readonly run?: string;
  readonly gracePeriodSeconds?: number;
  readonly minReadySeconds?: number;
  readonly budgets?: readonly ScenarioBudget[];
  readonly priorityClass?: string;
  readonly nodeSelector?: Labels;
  readonly affinity?: Affinity;
  /** Required, among the workload's own pods, by this topology key. */
  readonly antiAffinity?: string;
  /** Among the workload's own pods, unless a constraint has a selector of its own. */
  readonly spread?: readonly TopologySpreadConstraint[];
  readonly tolerateEverything?: boolean;
  readonly emptyDir?: boolean;
  /** StatefulSets: each pod has a volume bound to the zone of its first node. */
  readonly zonalVolume?: boolean;
  readonly backoffLimit?: number;
  readonly parallel?: boolean;
  /** Deployments and StatefulSets: the pods of the start are Ready, and none that comes after them ever is. */
  readonly replacements?: "neverReady";
}

/** A whole cluster as plain data: the parsed form of a file in scenarios/. */
export interface Scenario {
  readonly name: string;
  readonly region?: string;
  readonly account?: string;
  readonly cluster?: string;
  readonly groups: readonly ScenarioGroup[];
  readonly workloads: readonly ScenarioWorkload[];
  readonly namespaces?: readonly string[];
  /** Name → value; the two of the system are there anyway. */
  readonly priorityClasses?: Readonly<Record<string, number>>;
  readonly timings?: Partial<Timings>;
  readonly cloud?: ScenarioCloud;
  readonly denied?: readonly Denial[];
  /** Who may do what over HTTP; absent: everybody, everything. */
  readonly access?: AccessPolicy;
  /** Other people and programs, and what they do when. */
  readonly actors?: readonly ScenarioActor[];
}
