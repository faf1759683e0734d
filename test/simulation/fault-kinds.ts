/** Every kind of fault, by where it strikes. Those of one request or one record have a rate, the others a time. */
export const FAULT_KINDS = {
  process: ["kill", "powerLoss", "pause", "suspend", "clockStep", "clockRate", "timerDelay", "signal"],
  disk: ["diskFull", "diskError", "tornWrite", "lostWrite", "vanishedJournal"],
  wire: [
    "lostRequest",
    "lostResponse",
    "duplicate",
    "delay",
    "reorder",
    "resetMidBody",
    "partition",
    "swizzle",
  ],
  answer: [
    "unauthorized401",
    "forbidden403",
    "conflict409",
    "gone410Answer",
    "gone410Event",
    "invalid422",
    "budget429",
    "fairness429",
    "shutdown429",
    "failed500",
    "appliedThen500",
    "unavailable503",
    "timeout504",
  ],
  watch: ["staleRead", "watchDrop", "watchStall", "watchDuplicate"],
  controllers: ["lagBudgets", "lagReplicaSets", "lagStatefulSets", "lagScheduler", "deadNode"],
  aws: ["awsStale", "awsThrottle", "awsContention", "awsLost", "awsExpired", "launchFailure", "lagLaunches"],
  actors: [
    "secondApply",
    "otherPlan",
    "humanCordon",
    "humanUncordon",
    "humanDeletesPod",
    "crashLoop",
    "kubectlDrain",
    "autoscaler",
    "replicasDown",
    "replicasUp",
    "rollout",
    "spotInterruption",
    "zoneRebalance",
    "budgetEdited",
    "budgetAdded",
  ],
  visitors: ["debugPod", "stuckPod"],
} as const;

export type FaultKind = (typeof FAULT_KINDS)[keyof typeof FAULT_KINDS][number];

export const ALL_FAULT_KINDS: readonly FaultKind[] = Object.values(FAULT_KINDS).flat();

/** Of one request, watch event, record or timer: these have a rate. */
export const RATED_KINDS = [
  ...FAULT_KINDS.wire.filter((kind) => kind !== "partition" && kind !== "swizzle"),
  ...FAULT_KINDS.answer,
  ...FAULT_KINDS.watch,
  "diskFull",
  "diskError",
  "tornWrite",
  "lostWrite",
  "timerDelay",
  "awsStale",
  "awsThrottle",
  "awsContention",
  "awsLost",
  "awsExpired",
] as const satisfies readonly FaultKind[];

export type RatedKind = (typeof RATED_KINDS)[number];
export type IncidentKind = Exclude<FaultKind, RatedKind | "clockRate">;
