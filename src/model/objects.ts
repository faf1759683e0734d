import type { Selector } from "./selector.ts";

/*
 * What dextre keeps of the objects of a cluster: the fields it decides on, and nothing else.
 * Times are ISO 8601 UTC texts as the server sent them; cpu in millicores, memory in bytes.
 * No environment, arguments, secrets or whole annotation maps ever get this far.
 */

export interface ObjectRef {
  readonly kind: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

export interface Resources {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

export interface Toleration {
  /** "" tolerates every key. */
  readonly key: string;
  readonly operator: "Exists" | "Equal";
  readonly value: string;
  /** "" tolerates every effect. */
  readonly effect: string;
}

/** Who cordoned a node for dextre: annotation dextre.dev/cordon, written in the same patch. */
export interface CordonMarker {
  readonly run: string;
  readonly wasUnschedulable: boolean;
  /** `scaleDownDisabled` as it was before; null: the marker does not tell. */
  readonly scaleDownDisabledBefore: { readonly value: string | null } | null;
}

export interface Node {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  /** Who set `unschedulable`, by the server's books on fields; null where they do not tell. */
  readonly unschedulableSetBy: "dextre" | "others" | null;
  readonly taints: readonly Taint[];
  /** "aws:///ZONE/i-…", or "" where no cloud set one. */
  readonly providerId: string;
  readonly ready: "True" | "False" | "Unknown";
  /** Since when `ready` has its value; "" where unknown. */
  readonly readySince: string;
  readonly allocatable: Resources;
  readonly kubeletVersion: string;
  readonly terminating: boolean;
  readonly cordonMarker: CordonMarker | null;
  /** Annotation cluster-autoscaler.kubernetes.io/scale-down-disabled; null where absent. */
  readonly scaleDownDisabled: string | null;
}

export type PodPhase = "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";

/** One container that cannot go on, or the scheduler's word: why a pod is not Ready. */
export interface PodTrouble {
  /** "Unschedulable", "CrashLoopBackOff", "ImagePullBackOff", … */
  readonly reason: string;
  readonly message: string;
}

/** One of several alternatives (OR) of a required node affinity; its requirements are ANDed. */
export interface NodeSelectorTerm {
  readonly labels: Selector;
  /** metadata.name In; null where the term names no nodes. */
  readonly nodeNames: readonly string[] | null;
}

/** A required anti-affinity or DoNotSchedule spread: at most this many matching pods per topology value. */
export interface Separation {
  readonly kind: "antiAffinity" | "spread";
  readonly topologyKey: string;
  readonly selector: Selector;
  /** 1 for antiAffinity is "no other"; maxSkew for spread. */
  readonly maxSkew: number;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly createdAt: string;
  readonly labels: Readonly<Record<string, string>>;
  /** "" until scheduled. */
  readonly nodeName: string;
  readonly phase: PodPhase;
  readonly ready: boolean;
  /** Since when `ready` has its value; "" where unknown. */
  readonly readySince: string;
  /** metadata.deletionTimestamp (the end of its grace); null while not terminating. */
  readonly deletionAt: string | null;
  readonly gracePeriodSeconds: number;
  readonly finalizers: readonly string[];
  readonly controller: ObjectRef | null;
  /** Has annotation kubernetes.io/config.mirror. */
  readonly mirror: boolean;
  readonly priority: number;
  readonly priorityClassName: string;
  readonly localStorage: "none" | "disk" | "memory";
  /** Names of persistent volume claims, in the pod's namespace. */
  readonly claims: readonly string[];
  readonly requests: Resources;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Required node affinity: alternatives. Empty: none asked. */
  readonly nodeAffinity: readonly NodeSelectorTerm[];
  readonly separations: readonly Separation[];
  readonly tolerations: readonly Toleration[];
  readonly trouble: PodTrouble | null;
  /** Readiness gates whose condition is not True. */
  readonly openReadinessGates: readonly string[];
}

export type WorkloadKind =
  | "Deployment"
  | "ReplicaSet"
  | "StatefulSet"
  | "DaemonSet"
  | "Job"
  | "ReplicationController";

export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly controller: ObjectRef | null;
  /** spec.replicas; Job: parallelism; DaemonSet: 0. */
  readonly replicas: number;
  readonly minReadySeconds: number;
  readonly terminating: boolean;
  readonly job: JobFacts | null;
}

export interface JobFacts {
  readonly backoffLimit: number;
  readonly failed: number;
  readonly finished: "no" | "Complete" | "Failed";
  readonly suspended: boolean;
  /** A pod failure policy ignores disruptions (condition DisruptionTarget). */
  readonly ignoresDisruptions: boolean;
}

export interface Budget {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly selector: Selector;
  /** As written in the spec: "2", "50%"; null where the other one is given. */
  readonly minAvailable: string | null;
  readonly maxUnavailable: string | null;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly disruptionsAllowed: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly expectedPods: number;
  /** Unknown values are kept as text. */
  readonly unhealthyPodEvictionPolicy: string;
  /** Names of pods whose eviction the status does not show yet. */
  readonly disruptedPods: readonly string[];
  /** reason and message of condition DisruptionAllowed. */
  readonly condition: { readonly reason: string; readonly message: string } | null;
}

/** A persistent volume claim with what its volume demands of a node. */
export interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly volumeName: string;
  /** The volume's required node affinity; empty: any node. */
  readonly nodeAffinity: readonly NodeSelectorTerm[];
}

export interface GroupInstance {
  readonly id: string;
  readonly zone: string;
  /** AWS's lifecycle state: "InService", "Pending:Wait", "Terminating", … */
  readonly lifecycle: string;
  /** Launch template version, or launch configuration name; "" where unknown. */
  readonly launchVersion: string;
  readonly instanceType: string;
  readonly protectedFromScaleIn: boolean;
}

export interface ScalingGroup {
  readonly name: string;
  readonly arn: string;
  readonly region: string;
  readonly accountId: string;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly zones: readonly string[];
  /** What new instances are launched from: template id and resolved version, or configuration name. */
  readonly launch: { readonly template: string; readonly version: string };
  readonly instances: readonly GroupInstance[];
  readonly suspendedProcesses: readonly string[];
  readonly instanceRefreshInProgress: boolean;
  /** kOps instance group by tag; "" where there is none. */
  readonly instanceGroup: string;
  /** Tag KubernetesCluster; "" where there is none. */
  readonly cluster: string;
}

export interface ScalingActivity {
  readonly id: string;
  readonly startedAt: string;
  readonly status: string;
  readonly description: string;
  readonly message: string;
}

export interface ClusterIdentity {
  /** UID of namespace kube-system: the cluster's one name that nobody can reuse. */
  readonly uid: string;
  readonly server: string;
  /** sha256 of the certificate authority in the kubeconfig; "" where the system's is used. */
  readonly caFingerprint: string;
  readonly version: string;
}
