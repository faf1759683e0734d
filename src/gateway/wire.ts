/**
 * The seam between dextre and the outside world. Everything above a wire (paging, watching,
 * retrying, deadlines, interpreting answers) is dextre's own code and runs unchanged on the real
 * servers and on the embedded cluster. Everything below only carries bytes.
 */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

export type KubernetesMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface KubernetesRequest {
  readonly method: KubernetesMethod;
  /** Absolute API path, segments already percent-encoded: "/api/v1/namespaces/default/pods". */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Of the body; "application/json" when absent. PATCH must set it. */
  readonly contentType?: string;
  readonly body?: Json;
}

export interface KubernetesResponse {
  /** HTTP status. Any status is an answer, never an exception. */
  readonly status: number;
  /** Names in lower case; at least retry-after and x-kubernetes-pf-flowschema-uid where the server sent them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed where the server sent JSON, else the text as a string. */
  readonly body: unknown;
}

export interface KubernetesStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The answer's body where status is not 200, else undefined. */
  readonly body: unknown;
  /**
   * One parsed JSON value per line of a watch ({type, object}). Ends normally when the server ends
   * the stream; throws WireError when the connection breaks or a line is no JSON.
   */
  readonly events: AsyncIterable<unknown>;
}

export interface KubernetesWire {
  /** @throws WireError where no whole answer arrived. Never retries. */
  request(request: KubernetesRequest, signal?: AbortSignal): Promise<KubernetesResponse>;
  /** Opens a watch. Aborting the signal closes it. @throws WireError */
  stream(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesStream>;
}

/** Why no answer arrived. `aborted` is our own signal. `credentials`: no token could be had. */
export type WireFailure = "unreachable" | "reset" | "tls" | "aborted" | "credentials" | "malformed";

export class WireError extends Error {
  override readonly name = "WireError";
  readonly failure: WireFailure;
  /** False only where it is certain that the server never saw the request. */
  readonly maybeSent: boolean;
  constructor(failure: WireFailure, message: string, maybeSent: boolean) {
    super(message);
    this.failure = failure;
    this.maybeSent = maybeSent;
  }
}

// --- AWS -------------------------------------------------------------------------------------

export interface AwsTag {
  readonly Key?: string;
  readonly Value?: string;
}

export interface AwsLaunchTemplate {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
  /** A number as text, or "$Latest" or "$Default" on a group. */
  readonly Version?: string;
}

export interface AwsGroupInstance {
  readonly InstanceId?: string;
  readonly AvailabilityZone?: string;
  readonly LifecycleState?: string;
  readonly HealthStatus?: string;
  readonly LaunchTemplate?: AwsLaunchTemplate;
  readonly LaunchConfigurationName?: string;
  readonly ProtectedFromScaleIn?: boolean;
  readonly InstanceType?: string;
}

export interface AwsGroup {
  readonly AutoScalingGroupName?: string;
  readonly AutoScalingGroupARN?: string;
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
  readonly AvailabilityZones?: readonly string[];
  readonly LaunchTemplate?: AwsLaunchTemplate;
  readonly MixedInstancesPolicy?: {
    readonly LaunchTemplate?: { readonly LaunchTemplateSpecification?: AwsLaunchTemplate };
  };
  readonly LaunchConfigurationName?: string;
  readonly Instances?: readonly AwsGroupInstance[];
  readonly SuspendedProcesses?: readonly { readonly ProcessName?: string }[];
  readonly Tags?: readonly AwsTag[];
}

export interface AwsAutoScalingInstance extends AwsGroupInstance {
  readonly AutoScalingGroupName?: string;
}

export interface AwsActivity {
  readonly ActivityId?: string;
  readonly Description?: string;
  readonly Cause?: string;
  /** ISO 8601, UTC. The transport turns the SDK's Date into text. */
  readonly StartTime?: string;
  readonly StatusCode?: string;
  readonly StatusMessage?: string;
}

export interface AwsInstanceRefresh {
  readonly InstanceRefreshId?: string;
  readonly Status?: string;
}

export interface AwsInstance {
  readonly InstanceId?: string;
  readonly PrivateDnsName?: string;
  readonly InstanceType?: string;
  readonly State?: { readonly Name?: string };
  readonly Placement?: { readonly AvailabilityZone?: string };
}

/** Every AWS action that dextre uses: input and the part of the output that it reads. */
export interface AwsActions {
  readonly DescribeAutoScalingGroups: {
    readonly input: {
      readonly AutoScalingGroupNames?: readonly string[];
      readonly NextToken?: string;
      readonly MaxRecords?: number;
    };
    readonly output: { readonly AutoScalingGroups?: readonly AwsGroup[]; readonly NextToken?: string };
  };
  readonly DescribeAutoScalingInstances: {
    readonly input: { readonly InstanceIds?: readonly string[]; readonly NextToken?: string };
    readonly output: {
      readonly AutoScalingInstances?: readonly AwsAutoScalingInstance[];
      readonly NextToken?: string;
    };
  };
  readonly DescribeScalingActivities: {
    readonly input: { readonly AutoScalingGroupName: string; readonly MaxRecords?: number };
    readonly output: { readonly Activities?: readonly AwsActivity[] };
  };
  readonly DescribeInstanceRefreshes: {
    readonly input: { readonly AutoScalingGroupName: string; readonly MaxRecords?: number };
    readonly output: { readonly InstanceRefreshes?: readonly AwsInstanceRefresh[] };
  };
  readonly TerminateInstanceInAutoScalingGroup: {
    readonly input: { readonly InstanceId: string; readonly ShouldDecrementDesiredCapacity: boolean };
    readonly output: { readonly Activity?: AwsActivity };
  };
  readonly DescribeInstances: {
    readonly input: { readonly InstanceIds?: readonly string[]; readonly NextToken?: string };
    readonly output: {
      readonly Reservations?: readonly { readonly Instances?: readonly AwsInstance[] }[];
      readonly NextToken?: string;
    };
  };
  readonly DescribeLaunchTemplateVersions: {
    readonly input: { readonly LaunchTemplateId: string; readonly Versions: readonly string[] };
    readonly output: {
      readonly LaunchTemplateVersions?: readonly { readonly VersionNumber?: number }[];
    };
  };
}

export type AwsAction = keyof AwsActions;

export interface AwsWire {
  /** One call, sent once, never retried. @throws AwsError */
  call<A extends AwsAction>(
    action: A,
    input: AwsActions[A]["input"],
    signal?: AbortSignal,
  ): Promise<AwsActions[A]["output"]>;
}

/** AWS answered with an error, or did not answer (code "Unreachable", "Aborted" or "CredentialsMissing"). */
export class AwsError extends Error {
  override readonly name = "AwsError";
  /** AWS's own code: "ValidationError", "Throttling", "ScalingActivityInProgress", … */
  readonly code: string;
  /** HTTP status, or 0 where no answer arrived. */
  readonly status: number;
  /** False only where it is certain that AWS never saw the call. */
  readonly maybeSent: boolean;
  constructor(code: string, message: string, status: number, maybeSent: boolean) {
    super(message);
    this.code = code;
    this.status = status;
    this.maybeSent = maybeSent;
  }
}
