import type { Access } from "#model/access.ts";
import type { Code } from "#model/codes.ts";
import type { ClusterIdentity, Node, Pod, ScalingActivity, ScalingGroup } from "#model/objects.ts";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry, RunRecord } from "#model/run.ts";
import type { Snapshot } from "#model/snapshot.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";

/*
 * What planner-callers and executor ask of the outside, in dextre's words. Reads are retried below
 * a port, each by its cause and within its deadline; writes are sent once. A read that fails for
 * good throws GatewayError; a write's every answer is a value.
 */

export interface Clock {
  /** Milliseconds since the epoch, by the host's clock: for stamps, never for measuring. */
  now(): number;
  /** Milliseconds since some start; never goes back. May stand still while the machine is suspended. */
  monotonic(): number;
  /** The same, but goes on while the machine is suspended; as coarse as 10 ms. */
  uptime(): number;
  /** Settles after that many milliseconds. Rejects with signal.reason on abort. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
  /** Calls `act` after that many milliseconds, unless what it returns is called first. */
  after(milliseconds: number, act: () => void): () => void;
}

export type GatewayErrorKind =
  | "unreachable"
  | "unauthorized"
  | "forbidden"
  | "aws-credentials"
  | "aws-forbidden"
  | "aws-unreachable"
  | "aws-failed"
  | "server-failed"
  | "aborted";

/** The code that people and programs see for it. */
export const GATEWAY_ERROR_CODES: { readonly [K in GatewayErrorKind]: Code } = {
  unreachable: "E-CLUSTER-UNREACHABLE",
  unauthorized: "E-UNAUTHORIZED",
  forbidden: "E-FORBIDDEN",
  "aws-credentials": "E-AWS-CREDENTIALS",
  "aws-forbidden": "E-AWS-FORBIDDEN",
  "aws-unreachable": "E-AWS-UNREACHABLE",
  "aws-failed": "E-AWS-FAILED",
  "server-failed": "E-SERVER-FAILED",
  aborted: "E-SIGNAL",
};

/** A read failed for good. `message` names verb, object and answer, without headers and bodies. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly kind: GatewayErrorKind;
  /** Who was asked: 'context "prod" at https://…'; "" where that is not known. */
  readonly place: string;
  constructor(kind: GatewayErrorKind, message: string, place = "") {
    super(message);
    this.kind = kind;
    this.place = place;
  }
}

/** A snapshot that follows the cluster by one list and one watch per kind. */
export interface LiveSnapshot {
  readonly snapshot: Snapshot;
  /** Counts the changes seen so far. */
  readonly version: number;
  /** Settles when version > after. Rejects with signal.reason on abort. */
  changed(after: number, signal: AbortSignal): Promise<void>;
  /** Why the view does not follow at the moment (watch broken, server unreachable); null while it does. */
  readonly trouble: string | null;
  /** For how long one of the kinds has not followed, ms: so old may what is seen of it be. 0: all follow. */
  readonly behindMilliseconds: number;
  /**
   * Settles when the view of nodes or pods shows at least this object's version, so that a decision
   * never rests on less than a quorum read has shown. Watch order per kind makes this one number.
   */
  caughtUp(kind: "nodes" | "pods", resourceVersion: string, signal: AbortSignal): Promise<void>;
  /** Reads volume claims anew: they are listed at the start, if a pod uses any, and not watched. @throws GatewayError */
  refreshClaims(signal?: AbortSignal): Promise<void>;
  close(): void;
}

export interface ClusterPort {
  identity(signal?: AbortSignal): Promise<ClusterIdentity>;
  /** Lists everything once, for planning: claims included, groups left for the caller to put in. */
  readOnce(signal?: AbortSignal): Promise<SnapshotStore>;
  /**
   * Lists everything, then watches everything but claims. Settles when every list is complete.
   * Claims are listed only where a pod uses one.
   */
  follow(signal: AbortSignal): Promise<LiveSnapshot>;
  /** Quorum reads (no resourceVersion). undefined: not there. */
  readNode(name: string, signal?: AbortSignal): Promise<Node | undefined>;
  readPod(namespace: string, name: string, signal?: AbortSignal): Promise<Pod | undefined>;
  readPodsOnNode(node: string, signal?: AbortSignal): Promise<PodsOnNode>;
  /** One patch, guarded by uid and resourceVersion: unschedulable, marker, autoscaler annotation. */
  cordon(request: CordonRequest, signal?: AbortSignal): Promise<NodeWriteAnswer>;
  /** One guarded patch: unschedulable as asked, our marker removed, the autoscaler annotation put back. */
  uncordon(request: UncordonRequest, signal?: AbortSignal): Promise<NodeWriteAnswer>;
  /** POST eviction with the UID precondition. Never DELETE. */
  evict(request: EvictRequest, signal?: AbortSignal): Promise<EvictAnswer>;
  /** SelfSubjectAccessReview. */
  isAllowed(access: Access, signal?: AbortSignal): Promise<boolean>;
}

export interface PodsOnNode {
  readonly pods: readonly Pod[];
  /** The list's version, for LiveSnapshot.caughtUp. */
  readonly resourceVersion: string;
}

export interface CordonRequest {
  readonly node: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly run: string;
  readonly wasUnschedulable: boolean;
  /** The autoscaler annotation as it was before us; it is kept in the marker. */
  readonly scaleDownDisabledBefore: string | null;
}

export interface UncordonRequest {
  readonly node: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** False where somebody else had cordoned the node before us: only our annotations go. */
  readonly makeSchedulable: boolean;
  /** The autoscaler annotation as it was before us; null removes it. */
  readonly scaleDownDisabled: string | null;
}

export type NodeWriteAnswer =
  | { readonly kind: "done"; readonly node: Node }
  /** Our version was stale: read again, decide again. */
  | { readonly kind: "conflict" }
  /** Gone, or another node has the name. */
  | { readonly kind: "replaced" }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number }
  /** Not known whether it took effect: probe. */
  | { readonly kind: "unknown"; readonly message: string };

export interface EvictRequest {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** null: not sent. */
  readonly gracePeriodSeconds: number | null;
}

/** The server's answer, classified by its cause. Source: facts of the eviction API, policy/v1. */
export type EvictAnswer =
  | { readonly kind: "accepted" }
  | { readonly kind: "gone" }
  | { readonly kind: "renewed" }
  | { readonly kind: "budget"; readonly message: string }
  | { readonly kind: "budget-unobserved"; readonly retryAfterSeconds: number; readonly message: string }
  | { readonly kind: "throttled"; readonly retryAfterSeconds: number; readonly message: string }
  | { readonly kind: "two-budgets"; readonly message: string }
  | { readonly kind: "namespace-terminating"; readonly message: string }
  | { readonly kind: "forbidden"; readonly message: string }
  /** Any other 4xx, an admission webhook's for one. */
  | { readonly kind: "refused"; readonly status: number; readonly message: string }
  /** Not known whether it took effect: probe. retryAfterSeconds 0: the server named none. */
  | { readonly kind: "unknown"; readonly retryAfterSeconds: number; readonly message: string };

// --- auto scaling groups ----------------------------------------------------------------------

export interface ScalingPort {
  /**
   * Cheap enough to poll: one call for 50 groups. The launch template's version may be 30 s old, and
   * instance refreshes are not asked for (instanceRefreshInProgress is false).
   */
  readGroups(names: readonly string[], signal?: AbortSignal): Promise<readonly ScalingGroup[]>;
  /** For planning: groups that hold any of these instances, whole, with their instance refreshes. */
  readGroupsOfInstances(
    instanceIds: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly ScalingGroup[]>;
  /** Is the instance running, starting or stopped, whatever group it is in? By EC2 itself. */
  isInstanceAlive(instanceId: string, signal?: AbortSignal): Promise<boolean>;
  /** Newest first, at most 20. */
  readActivities(group: string, signal?: AbortSignal): Promise<readonly ScalingActivity[]>;
  /** Without decrement; sent once. */
  terminate(instanceId: string, signal?: AbortSignal): Promise<TerminateAnswer>;
}

export type TerminateAnswer =
  | { readonly kind: "accepted" }
  /** "No managed instance found": done only if Describe confirms it. */
  | { readonly kind: "not-found" }
  /** ScalingActivityInProgress or ResourceContention or throttled: Describe, then again later. */
  | { readonly kind: "busy"; readonly message: string }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string };

// --- lock -------------------------------------------------------------------------------------

/** One state of one lease. A lease that was deleted and made anew has another uid. */
export interface LeaseVersion {
  readonly uid: string;
  readonly resourceVersion: string;
}

export interface LeaseView extends LeaseVersion {
  /** "" where nobody holds it. */
  readonly holder: string;
  readonly durationSeconds: number;
  readonly renewedAt: string;
  readonly transitions: number;
  /** Annotations dextre.dev/*. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface LeaseWrite {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly renewedAt: string;
  readonly transitions: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** What it takes the place of, and nothing else; null creates the lease. */
  readonly replaces: LeaseVersion | null;
}

export type LeaseAnswer =
  | { readonly kind: "done"; readonly lease: LeaseView }
  | { readonly kind: "conflict" }
  | { readonly kind: "no-namespace" }
  | { readonly kind: "forbidden"; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string };

/** Lease `dextre` in namespace `dextre-system`. */
export interface LeasePort {
  read(signal?: AbortSignal): Promise<LeaseView | undefined>;
  write(lease: LeaseWrite, signal?: AbortSignal): Promise<LeaseAnswer>;
  /** "forbidden" where it may not be created. */
  createNamespace(signal?: AbortSignal): Promise<"done" | "forbidden" | "unknown">;
}

// --- journal and host -------------------------------------------------------------------------

/** The journal of one run, open for writing. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  /**
   * Durable when it settles; batched: one sync. Returns the entries with their numbers.
   * @throws JournalError where they could not be made durable; then nothing may be sent any more.
   */
  append(
    records: readonly RunRecord[],
    stamp: { readonly at: string; readonly token: number },
  ): Promise<readonly JournalEntry[]>;
  close(): void;
}

/** A run as its folder shows it. */
export interface StoredRun {
  readonly run: string;
  /** For people: where its files are. */
  readonly path: string;
  readonly plan: Plan;
  readonly entries: readonly JournalEntry[];
}

/** A run whose files cannot be relied on: what it did is not known here. */
export interface DamagedRun {
  readonly run: string;
  readonly path: string;
  /** null where the plan itself is damaged. */
  readonly plan: Plan | null;
  /** Names file, line and cause. */
  readonly message: string;
}

/** Each list is oldest first. */
export interface StoredRuns {
  readonly runs: readonly StoredRun[];
  readonly damaged: readonly DamagedRun[];
}

/** The run folders of this machine, by cluster. */
export interface RunStore {
  /** Reads and checks every file of every run. @throws JournalError where the folder cannot be used. */
  read(clusterUid: string): Promise<StoredRuns>;
  /** Makes sure that a run can be kept, before anything is done for one. @throws JournalError E-STATE-DIR */
  prepare(clusterUid: string): Promise<void>;
  /** Where a run's files are or would be; absolute. */
  pathOf(clusterUid: string, run: string): string;
  /** Writes the plan, durable, and opens an empty journal. @throws JournalError */
  create(clusterUid: string, run: string, plan: Plan): Promise<Journal>;
  /** Opens the journal of a run for appending; an unfinished last line is cut. @throws JournalError */
  open(clusterUid: string, run: string): Promise<Journal>;
}

/** A run's files could not be written or cannot be relied on. `message` names path and cause. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: "E-JOURNAL-WRITE" | "E-JOURNAL-DAMAGED" | "E-STATE-DIR";
  constructor(message: string, code: JournalError["code"] = "E-JOURNAL-WRITE") {
    super(message);
    this.code = code;
  }
}

export interface Host {
  /** For people: two machines may have the same. */
  readonly name: string;
  readonly pid: number;
  /** One machine and one view of its processes: where two agree, a pid means the same process. No "/" or "." */
  readonly machine: string;
  /** This process and no other that has, or had, its pid. No "/" or "." */
  readonly nonce: string;
  /** Null where it cannot be told. */
  isProcessAlive(pid: number): boolean | null;
}
