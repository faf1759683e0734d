/** A launch template; `latest` and `default` are version numbers. */
export interface Template {
  readonly id: string;
  readonly name: string;
  latest: number;
  readonly default: number;
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

export interface Group {
  readonly name: string;
  min: number;
  max: number;
  desired: number;
  readonly zones: readonly string[];
  readonly template: Template;
  /** What the group asks for: "$Latest", "$Default" or a number as text. */
  templateVersion: string;
  readonly shape: NodeShape;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  suspended: readonly string[];
  refreshes: readonly { readonly InstanceRefreshId: string; readonly Status: string }[];
  /** Newest first. */
  activities: readonly Activity[];
  /** The next launches fail with these messages, one each. */
  launchFailures: string[];
  /** New instances take the private DNS name of the last one that ended. */
  reusesNames: boolean;
  freedNames: string[];
}

export interface Activity {
  readonly ActivityId: string;
  readonly Description: string;
  readonly Cause: string;
  readonly StartTime: string;
  readonly StatusCode: string;
  readonly StatusMessage?: string;
}

export interface Instance {
  readonly id: string;
  readonly group: string;
  readonly zone: string;
  readonly dnsName: string;
  readonly type: string;
  readonly templateVersion: number;
  /** Of the auto scaling group; "gone" once the group has forgotten it. */
  lifecycle: string;
  /** Of EC2: pending, running, shutting-down, terminated. */
  state: string;
  isProtected: boolean;
}
