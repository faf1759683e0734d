import type { AwsActions, AwsActivity, AwsInstance, AwsTag } from "#gateway/wire.ts";
import type { Filtered } from "./filters.ts";
import type { RefreshPreferences } from "./instance-refresh.ts";
import type { LifecycleHook, Refresh } from "./types.ts";

interface OfGroup {
  readonly AutoScalingGroupName: string;
}

interface OfInstances extends OfGroup {
  readonly InstanceIds: readonly string[];
}

interface Decrementing extends OfInstances {
  readonly ShouldDecrementDesiredCapacity: boolean;
}

interface Paged {
  readonly NextToken?: string;
  readonly MaxRecords?: number;
}

interface Rehearsed {
  readonly DryRun?: boolean;
}

type Nothing = Readonly<Record<string, never>>;

interface Act<Input, Output = Nothing> {
  readonly input: Input;
  readonly output: Output;
}

export interface TagOfGroup extends AwsTag {
  readonly ResourceId?: string;
  readonly ResourceType?: string;
  readonly PropagateAtLaunch?: boolean;
}

export interface OfTemplate {
  readonly LaunchTemplateId?: string;
  readonly LaunchTemplateName?: string;
}

export interface LifecycleAction extends OfGroup {
  readonly LifecycleHookName: string;
  readonly InstanceId?: string;
  readonly LifecycleActionToken?: string;
}

export interface TemplateVersion extends OfTemplate {
  readonly VersionNumber: number;
  readonly DefaultVersion: boolean;
  readonly LaunchTemplateData: Readonly<Record<string, unknown>>;
}

export interface GroupUpdate extends OfGroup {
  readonly MinSize?: number;
  readonly MaxSize?: number;
  readonly DesiredCapacity?: number;
  readonly DefaultCooldown?: number;
  readonly AvailabilityZones?: readonly string[];
  readonly TerminationPolicies?: readonly string[];
  readonly NewInstancesProtectedFromScaleIn?: boolean;
  readonly LaunchTemplate?: OfTemplate & { readonly Version?: string };
}

export interface LaunchRequest extends OfGroup {
  readonly ClientToken: string;
  readonly RequestedCapacity: number;
  readonly AvailabilityZones?: readonly string[];
  readonly RetryStrategy?: string;
}

export interface LaunchAnswer extends OfGroup {
  readonly ClientToken: string;
  readonly Instances: readonly {
    readonly InstanceType: string;
    readonly MarketType: string;
    readonly AvailabilityZone: string;
    readonly InstanceIds: readonly string[];
  }[];
  readonly Errors: readonly {
    readonly InstanceType: string;
    readonly MarketType: string;
    readonly AvailabilityZone: string;
    readonly ErrorCode: string;
    readonly ErrorMessage: string;
  }[];
}

/** What the embedded cloud answers beside what dextre asks: for other people and their tools. */
export interface MoreAwsActions {
  readonly SetDesiredCapacity: Act<
    OfGroup & { readonly DesiredCapacity: number; readonly HonorCooldown?: boolean }
  >;
  readonly UpdateAutoScalingGroup: Act<GroupUpdate>;
  readonly LaunchInstances: Act<LaunchRequest, LaunchAnswer>;
  readonly AttachInstances: Act<OfInstances>;
  readonly DetachInstances: Act<Decrementing, { readonly Activities: readonly AwsActivity[] }>;
  readonly EnterStandby: Act<Decrementing, { readonly Activities: readonly AwsActivity[] }>;
  readonly ExitStandby: Act<OfInstances, { readonly Activities: readonly AwsActivity[] }>;
  readonly SetInstanceProtection: Act<OfInstances & { readonly ProtectedFromScaleIn: boolean }>;
  readonly SetInstanceHealth: Act<{ readonly InstanceId: string; readonly HealthStatus: string }>;
  readonly SuspendProcesses: Act<OfGroup & { readonly ScalingProcesses?: readonly string[] }>;
  readonly ResumeProcesses: Act<OfGroup & { readonly ScalingProcesses?: readonly string[] }>;
  readonly CreateOrUpdateTags: Act<{ readonly Tags: readonly TagOfGroup[] }>;
  readonly DeleteTags: Act<{ readonly Tags: readonly TagOfGroup[] }>;
  readonly DescribeTags: Act<
    Paged & Filtered,
    { readonly Tags: readonly TagOfGroup[]; readonly NextToken?: string }
  >;
  readonly PutLifecycleHook: Act<OfGroup & Partial<LifecycleHook> & { readonly LifecycleHookName: string }>;
  readonly DeleteLifecycleHook: Act<OfGroup & { readonly LifecycleHookName: string }>;
  readonly DescribeLifecycleHooks: Act<
    OfGroup & { readonly LifecycleHookNames?: readonly string[] },
    { readonly LifecycleHooks: readonly (LifecycleHook & OfGroup)[] }
  >;
  readonly CompleteLifecycleAction: Act<LifecycleAction & { readonly LifecycleActionResult: string }>;
  readonly RecordLifecycleActionHeartbeat: Act<LifecycleAction>;
  readonly StartInstanceRefresh: Act<
    OfGroup & { readonly Strategy?: string; readonly Preferences?: RefreshPreferences },
    { readonly InstanceRefreshId: string }
  >;
  readonly CancelInstanceRefresh: Act<OfGroup, { readonly InstanceRefreshId: string }>;
  readonly DescribeWarmPool: Act<
    OfGroup & Paged,
    {
      readonly Instances: readonly { readonly InstanceId?: string; readonly LifecycleState?: string }[];
      readonly NextToken?: string;
      readonly WarmPoolConfiguration?: { readonly PoolState: string };
    }
  >;
  readonly CreateLaunchTemplateVersion: Act<
    OfTemplate &
      Rehearsed & {
        readonly SourceVersion?: string;
        readonly LaunchTemplateData?: Readonly<Record<string, unknown>>;
        readonly ClientToken?: string;
      },
    { readonly LaunchTemplateVersion: TemplateVersion }
  >;
  readonly ModifyLaunchTemplate: Act<
    OfTemplate & Rehearsed & { readonly SetDefaultVersion?: string; readonly DefaultVersion?: string },
    { readonly LaunchTemplate: OfTemplate & { readonly DefaultVersionNumber: number } }
  >;
  readonly DescribeLaunchTemplates: Act<
    Filtered &
      Rehearsed & {
        readonly LaunchTemplateIds?: readonly string[];
        readonly LaunchTemplateNames?: readonly string[];
        readonly MaxResults?: number;
        readonly NextToken?: string;
      },
    {
      readonly NextToken?: string;
      readonly LaunchTemplates: readonly (OfTemplate & {
        readonly DefaultVersionNumber: number;
        readonly LatestVersionNumber: number;
      })[];
    }
  >;
  readonly TerminateInstances: Act<
    Rehearsed & { readonly InstanceIds: readonly string[] },
    {
      readonly TerminatingInstances: readonly {
        readonly InstanceId: string;
        readonly CurrentState: NonNullable<AwsInstance["State"]>;
        readonly PreviousState: NonNullable<AwsInstance["State"]>;
      }[];
    }
  >;
}

/** Every AWS action that the embedded cloud answers. */
export interface WorldAwsActions extends AwsActions, MoreAwsActions {}

export type WorldAwsAction = keyof WorldAwsActions;

export type InputOf<A extends WorldAwsAction> = WorldAwsActions[A]["input"];
export type OutputOf<A extends WorldAwsAction> = WorldAwsActions[A]["output"];

/** A refresh as it is listed. */
export type ListedRefresh = Readonly<Refresh> & OfGroup;
