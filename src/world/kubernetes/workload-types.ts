/** What makes pods, and the history and size of it. */

import type { Condition, LabelSelector, Resource } from "./object-types.ts";
import type { PodTemplate } from "./pod-types.ts";

export interface WorkloadStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly updatedReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly fullyLabeledReplicas?: number;
  readonly currentReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly terminatingReplicas?: number;
  readonly collisionCount?: number;
  readonly conditions?: readonly Condition[];
}

export interface Deployment extends Resource {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly paused?: boolean;
    readonly revisionHistoryLimit?: number;
    readonly progressDeadlineSeconds?: number;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
      };
    };
  };
  readonly status: WorkloadStatus;
}

export interface ReplicaSet extends Resource {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
  };
  readonly status: WorkloadStatus;
}

export interface VolumeClaimTemplate {
  readonly metadata: { readonly name: string };
  readonly spec?: unknown;
}

export interface StatefulSet extends Resource {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly minReadySeconds?: number;
    readonly volumeClaimTemplates?: readonly VolumeClaimTemplate[];
    readonly revisionHistoryLimit?: number;
    readonly ordinals?: { readonly start?: number };
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: string;
      readonly whenScaled?: string;
    };
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly partition?: number };
    };
  };
  readonly status: WorkloadStatus;
}

export interface DaemonSet extends Resource {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplate;
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: {
        readonly maxSurge?: number | string;
        readonly maxUnavailable?: number | string;
      };
    };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly desiredNumberScheduled?: number;
    readonly currentNumberScheduled?: number;
    readonly numberReady?: number;
    readonly numberAvailable?: number;
    readonly numberMisscheduled?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberUnavailable?: number;
    readonly collisionCount?: number;
  };
}

export interface PodFailureRule {
  /** Count, FailIndex, FailJob or Ignore. */
  readonly action: string;
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator: string;
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
}

export interface Job extends Resource {
  readonly spec: {
    readonly parallelism?: number;
    readonly completions?: number;
    readonly completionMode?: string;
    readonly backoffLimit?: number;
    readonly backoffLimitPerIndex?: number;
    readonly maxFailedIndexes?: number;
    readonly podFailurePolicy?: { readonly rules: readonly PodFailureRule[] };
    readonly successPolicy?: {
      readonly rules: readonly { readonly succeededIndexes?: string; readonly succeededCount?: number }[];
    };
    readonly activeDeadlineSeconds?: number;
    readonly ttlSecondsAfterFinished?: number;
    readonly podReplacementPolicy?: string;
    readonly suspend?: boolean;
    readonly managedBy?: string;
    readonly selector?: LabelSelector;
    readonly template: PodTemplate;
  };
  readonly status: {
    readonly active?: number;
    readonly ready?: number;
    readonly terminating?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    /** "0-2,5" */
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
    readonly startTime?: string;
    readonly completionTime?: string;
    readonly conditions?: readonly Condition[];
    readonly uncountedTerminatedPods?: unknown;
  };
}

/** A past state of a StatefulSet's or DaemonSet's template; `data` never changes. */
export interface ControllerRevision extends Resource {
  readonly data?: unknown;
  readonly revision: number;
}

export interface HorizontalPodAutoscaler extends Resource {
  readonly spec: {
    readonly scaleTargetRef: { readonly apiVersion?: string; readonly kind: string; readonly name: string };
    readonly minReplicas?: number;
    readonly maxReplicas: number;
  };
}
