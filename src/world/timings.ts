/** How long things take, in ms; a pair is a range from which each case is drawn. */
export interface Timings {
  /** An owner notices that a pod is missing. Source: measured, 48 ms for a ReplicaSet. */
  readonly controllerMs: readonly [number, number];
  /** A budget's status follows a pod that turned Ready. Source: measured, 0.5–1.3 s. */
  readonly budgetReadyLagMs: readonly [number, number];
  /** A budget's status follows any other change. */
  readonly budgetLagMs: readonly [number, number];
  readonly schedulerMs: readonly [number, number];
  /** Pods that did not fit are tried again this long after something changed. */
  readonly schedulerRetryMs: number;
  /** Bound → containers run, unless the pod's annotation rig/start-delay says otherwise. */
  readonly podStartMs: number;
  /** Running → Ready (annotation rig/ready-delay). */
  readonly podReadyMs: number;
  /** Told to stop → gone (annotation rig/stop-time), never longer than the grace period. */
  readonly podStopMs: number;
  /** Running → Succeeded for pods of Jobs (annotation rig/run-time). */
  readonly jobRunMs: number;
  /** A failed pod of a Job is replaced after this, doubled for each further failure. */
  readonly jobBackoffMs: number;
  /** A deleted Node's pods are removed. Source: pod garbage collector, 40 s quarantine, 20 s period. */
  readonly podCollectionMs: readonly [number, number];
  /** Kubelet dead → Node not Ready. Source: node-monitor-grace-period. */
  readonly nodeMonitorGraceMs: number;
  /** Node not Ready and its instance ended → Node deleted. */
  readonly cloudLoopMs: number;
  /** Pods leave a Node that is not Ready. Source: default toleration of 300 s. */
  readonly unreachableEvictionMs: number;
  /** An instance is missing → a launch begins. */
  readonly launchAfterMs: number;
  /** Launch → running and InService. */
  readonly instanceBootMs: number;
  /** Running → its Node exists. */
  readonly nodeJoinMs: number;
  /** Node exists → Ready. */
  readonly nodeReadyMs: number;
  /** Told to terminate → terminated. */
  readonly instanceStopMs: number;
  /** Zones are more than one instance apart → AZRebalance begins to move one. */
  readonly rebalanceAfterMs: number;
  /** Terminated → EC2 no longer knows it. Source: EC2 user guide, about an hour. */
  readonly instanceForgottenMs: number;
  /** A spot interruption's notice. Source: EC2 user guide. */
  readonly spotNoticeMs: number;
  readonly bookmarkMs: number;
  /** Pages of a list expire. Source: etcd compaction. */
  readonly pageLifeMs: number;
}

export const defaultTimings: Timings = {
  controllerMs: [40, 55],
  budgetReadyLagMs: [500, 1300],
  budgetLagMs: [20, 80],
  schedulerMs: [5, 15],
  schedulerRetryMs: 100,
  podStartMs: 300,
  podReadyMs: 500,
  podStopMs: 500,
  jobRunMs: 60_000,
  jobBackoffMs: 10_000,
  podCollectionMs: [40_000, 60_000],
  nodeMonitorGraceMs: 50_000,
  cloudLoopMs: 5000,
  unreachableEvictionMs: 300_000,
  launchAfterMs: 2000,
  instanceBootMs: 20_000,
  nodeJoinMs: 20_000,
  nodeReadyMs: 10_000,
  instanceStopMs: 30_000,
  rebalanceAfterMs: 60_000,
  instanceForgottenMs: 3_600_000,
  spotNoticeMs: 120_000,
  bookmarkMs: 60_000,
  pageLifeMs: 300_000,
};
