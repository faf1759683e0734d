import type { Code } from "./codes.ts";
import type { AwaitReplacementStep, EvictPodStep } from "./plan.ts";

/*
 * A run is the fold of its records (executor/apply-record.ts). Records are the durable members of
 * RunEvent; the journal holds them and nothing else. The rest of RunEvent is for people who watch.
 */

/** What a step saw before its one write, so that a resumed run can tell whether the write happened. */
export type Intent =
  | {
      readonly kind: "CordonNode";
      readonly nodeUid: string;
      /** Somebody else had it cordoned; what runs of dextre before this one did to it does not count. */
      readonly wasUnschedulable: boolean;
      readonly scaleDownDisabledBefore: string | null;
      /** The run that is over and had left the node cordoned. */
      readonly drainedBy?: string;
    }
  | {
      readonly kind: "EvictPod";
      readonly podUid: string;
      readonly node: string;
      /** Ready pods of the same root owner, the victim included; null for an unmanaged pod. */
      readonly availableBefore: number | null;
    }
  | {
      readonly kind: "TerminateInstance";
      readonly instanceId: string;
      readonly group: string;
      readonly desired: number;
      readonly min: number;
      readonly max: number;
      readonly instanceIds: readonly string[];
    }
  | { readonly kind: "UncordonNode"; readonly nodeUid: string };

/**
 * done: we did it. satisfied: the world was already so (or did it itself). skipped: not wanted any
 * more. failed: the run stops here, or the node does; a resumed run tries the step again.
 */
export type Outcome = "done" | "satisfied" | "skipped" | "failed";

/** Facts a result carries, for later steps and for the report. */
export interface ResultFacts {
  /** AwaitReplacement: who took over. */
  readonly replacement?: { readonly name: string; readonly uid: string; readonly node: string };
  /** AwaitNewNode: the successor; claimed by one step only. */
  readonly successor?: { readonly instanceId: string; readonly node: string; readonly nodeUid: string };
  /** EvictPod, AwaitReplacement: Ready pods of the owner to get back to. */
  readonly availableBefore?: number | null;
  /** CordonNode: somebody else had cordoned it. */
  readonly wasUnschedulable?: boolean;
}

export type RunRecord =
  | {
      readonly kind: "RunStarted";
      readonly run: string;
      readonly plan: string;
      readonly digest: string;
      /** Of the journal. An unknown one is refused. */
      readonly formatVersion: number;
      readonly host: string;
      readonly pid: number;
      readonly dextreVersion: string;
    }
  /** Every process that takes the run up again. */
  | {
      readonly kind: "RunResumed";
      readonly host: string;
      readonly pid: number;
      readonly dextreVersion: string;
    }
  | { readonly kind: "StepIntent"; readonly step: string; readonly intent: Intent }
  | {
      readonly kind: "StepResult";
      readonly step: string;
      readonly outcome: Outcome;
      readonly code: Code;
      readonly message: string;
      readonly facts: ResultFacts;
    }
  /** A pod that the plan does not name, with its whole steps; before anything is sent for it. */
  | {
      readonly kind: "PodDiscovered";
      readonly lane: string;
      /** Id of the EvictPod step it comes before, by the spec's pod order; null: last of its tier. */
      readonly before: string | null;
      readonly steps: readonly [EvictPodStep, AwaitReplacementStep];
    }
  /** This node goes no further in this run. */
  | { readonly kind: "LaneStopped"; readonly lane: string; readonly code: Code; readonly message: string }
  /** Our cordon was taken back, because the node stopped before any of its pods was evicted. */
  | { readonly kind: "NodeUncordoned"; readonly lane: string; readonly node: string }
  | { readonly kind: "RunStopped"; readonly code: Code; readonly message: string; readonly exit: number }
  | { readonly kind: "RunFinished"; readonly exit: number }
  | { readonly kind: "AbortStarted"; readonly host: string; readonly pid: number }
  | { readonly kind: "RunAborted"; readonly undone: readonly string[]; readonly left: readonly string[] };

/** A record as it stands in the journal. */
export interface JournalEntry {
  /** From 1, without gaps. */
  readonly sequence: number;
  /** ISO 8601 UTC, by the clock of the host that wrote it. */
  readonly at: string;
  /** Fencing token: the lease's leaseTransitions while it was ours. */
  readonly token: number;
  readonly record: RunRecord;
}

/** Why a step waits. `message` is one line for people, with the values; `code` is contract. */
export interface WaitReason {
  readonly code: Code;
  readonly message: string;
}

export type RunEvent =
  | { readonly kind: "Recorded"; readonly entry: JournalEntry }
  | {
      readonly kind: "StepStarted";
      readonly step: string;
      readonly at: string;
      readonly timeoutSeconds: number;
    }
  /** Again whenever the reason changes. */
  | { readonly kind: "StepWaiting"; readonly step: string; readonly at: string; readonly reason: WaitReason }
  | { readonly kind: "Notice"; readonly at: string; readonly code: Code; readonly message: string };

/** How a call of the executor ended. */
export interface RunEnd {
  readonly exit: number;
  readonly code: Code;
  readonly message: string;
  /** "" where none was begun. */
  readonly run: string;
  /** Nodes that carry this run's cordon now. */
  readonly cordoned: readonly string[];
  /** Those of `cordoned` that somebody else had cordoned before, or has since: an abort leaves them so. */
  readonly cordonedBefore?: readonly string[];
}
