/** A launch template; `latest` and `default` are version numbers. */
export interface Template {
  readonly id: string;
  readonly name: string;
  latest: number;
  default: number;
  /** What versions say beside the group's shape, by number; a version without an entry says nothing. */
  readonly data: Map<number, TemplateData>;
}

/** The part of LaunchTemplateData that a launch heeds. */
export interface TemplateData {
  readonly InstanceType?: string;
  readonly ImageId?: string;
}

/** What nodes of a group look like. */
export interface NodeShape {
  readonly instanceType: string;
  readonly capacity: Readonly<Record<string, string>>;
  /** Role → label node-role.kubernetes.io/ROLE. */
  readonly role: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly kubeletVersion: string;
  /** Names of mirror pods that the kubelet runs in kube-system. */
  readonly mirrorPods: readonly string[];
  /** "10s": their start → Ready; the usual time where undefined. */
  readonly mirrorPodsReady: string | undefined;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export type HookTransition = "autoscaling:EC2_INSTANCE_LAUNCHING" | "autoscaling:EC2_INSTANCE_TERMINATING";

export interface LifecycleHook {
  readonly LifecycleHookName: string;
  readonly LifecycleTransition: HookTransition;
  readonly HeartbeatTimeout: number;
  readonly DefaultResult: "CONTINUE" | "ABANDON";
}

export type RefreshStatus =
  | "Pending"
  | "InProgress"
  | "Successful"
  | "Failed"
  | "Cancelling"
  | "Cancelled"
  | "RollbackInProgress"
  | "RollbackFailed"
  | "RollbackSuccessful"
  | "Baking";

/** One that only stands in the list has no more than its first two members. */
export interface Refresh {
  readonly InstanceRefreshId: string;
  Status: string;
  StartTime?: string;
  EndTime?: string;
  PercentageComplete?: number;
  InstancesToUpdate?: number;
}

export interface Group {
  readonly name: string;
  /** Its own where it was made elsewhere; else one is made up from its template. */
  readonly arn?: string;
  min: number;
  max: number;
  desired: number;
  zones: readonly string[];
  readonly template: Template;
  /** What the group asks for: "$Latest", "$Default" or a number as text. */
  templateVersion: string;
  readonly shape: NodeShape;
  tags: readonly Tag[];
  suspended: readonly string[];
  refreshes: readonly Refresh[];
  /** Newest first. */
  activities: readonly Activity[];
  /** The next launches fail with these messages, one each. */
  launchFailures: string[];
  /** New instances take the private DNS name of the last one that ended. */
  reusesNames: boolean;
  freedNames: string[];
  hooks: readonly LifecycleHook[];
  terminationPolicies: readonly string[];
  protectsNew: boolean;
  /** Seconds. */
  cooldown: number;
  /** ms since epoch; the last scaling by a request that may honour the cooldown. */
  lastScaling: number;
}

/** What scenarios and tests need not say. */
export function newGroupState(): Pick<
  Group,
  "hooks" | "terminationPolicies" | "protectsNew" | "cooldown" | "lastScaling"
> {
  return {
    hooks: [],
    terminationPolicies: ["Default"],
    protectsNew: false,
    cooldown: 300,
    lastScaling: 0,
  };
}

export interface Activity {
  readonly ActivityId: string;
  readonly Description: string;
  readonly Cause: string;
  readonly StartTime: string;
  readonly EndTime?: string;
  readonly Progress?: number;
  readonly StatusCode: string;
  readonly StatusMessage?: string;
}

/** A hook that an instance waits for. */
export interface HookWait {
  readonly hook: LifecycleHook;
  readonly token: string;
  /** ms since epoch: the heartbeat's end, and the end that no heartbeat moves. */
  until: number;
  readonly limit: number;
  readonly goOn: (result: "CONTINUE" | "ABANDON") => void;
}

export interface Instance {
  readonly id: string;
  /** Empty where it belongs to none. */
  group: string;
  readonly zone: string;
  readonly dnsName: string;
  readonly type: string;
  readonly templateVersion: number;
  /** Of the auto scaling group; "gone" once the group has forgotten it. */
  lifecycle: string;
  /** Of EC2: pending, running, shutting-down, terminated. */
  state: string;
  isProtected: boolean;
  health: "Healthy" | "Unhealthy";
  /** ms since epoch. */
  readonly launchedAt: number;
  endedAt: number | undefined;
  wait: HookWait | undefined;
  /** The launch is not asked about again by reconciling: a rebalancing or a refresh brought it. */
  isExtra: boolean;
}
