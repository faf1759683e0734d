import type { Clock, ClusterPort, LiveSnapshot, ScalingPort } from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import type { Node } from "#model/objects.ts";
import type { NodeLane, PlanContent, Step } from "#model/plan.ts";
import type { ResultFacts, RunRecord, WaitReason } from "#model/run.ts";
import type { ReadyAges } from "./ready-ages.ts";
import type { RunState } from "./run-state.ts";

/** All that a handler may touch. */
export interface StepContext {
  readonly content: PlanContent;
  readonly run: string;
  readonly clock: Clock;
  readonly cluster: ClusterPort;
  /** null in plans that terminate nothing. */
  readonly scaling: ScalingPort | null;
  readonly live: LiveSnapshot;
  readonly ages: ReadyAges;
  readonly state: () => RunState;
  /** Durable when it settles. */
  readonly commit: (records: readonly RunRecord[]) => Promise<void>;
  /**
   * Before every write: settles while the lock is surely ours. False where that took a while: what was
   * looked at before may not be so any more.
   */
  readonly writable: () => Promise<boolean>;
  readonly wait: (reason: WaitReason) => void;
  /** On clock.monotonic(). */
  readonly deadline: number;
  /** A stop was asked for: waits end at once. */
  readonly stop: AbortSignal;
  /** Calls in flight are given up. */
  readonly halt: AbortSignal;
}

/** How one call of a handler ended. Handlers are re-entrant: they look before they act. */
export type HandlerEnd =
  | {
      readonly kind: "settled";
      readonly outcome: "done" | "satisfied" | "skipped";
      readonly code: Code;
      readonly message: string;
      readonly facts?: ResultFacts;
    }
  /** The node of this lane goes no further; the others do. */
  | { readonly kind: "lane-stopped"; readonly code: Code; readonly message: string }
  /** The run stops here. */
  | { readonly kind: "failed"; readonly code: Code; readonly message: string; readonly exit: number }
  /** The handler recorded what changes which steps are ready: judge anew. */
  | { readonly kind: "again" };

export type Handler<S extends Step> = (step: S, context: StepContext) => Promise<HandlerEnd>;

export function settled(
  outcome: "done" | "satisfied" | "skipped",
  code: Code,
  message: string,
  facts?: ResultFacts,
): HandlerEnd {
  return facts
    ? { kind: "settled", outcome, code, message, facts }
    : { kind: "settled", outcome, code, message };
}

export function failed(code: Code, message: string, exit: number = EXIT.failed): HandlerEnd {
  return { kind: "failed", code, message, exit };
}

export function laneStopped(code: Code, message: string): HandlerEnd {
  return { kind: "lane-stopped", code, message };
}

/** The node may take pods again: its drain has no meaning any more, whoever is right. */
export function uncordonedByOthers(node: string): HandlerEnd {
  const text = `somebody uncordoned ${node}; cordon it again with kubectl cordon ${node} and resume, or abort the run`;
  return laneStopped("E-HUMAN-UNCORDON", text);
}

/** Somebody deleted the planned node, and what has its name is another one, which is left alone. */
export function renewed(lane: NodeLane, node: Node): { readonly code: Code; readonly message: string } {
  return { code: "R-NODE-RENEWED", message: `${lane.node} is another node now (uid ${node.uid})` };
}

/** Thrown where a wait ends because a stop was asked for; never a result. */
export class StopRequested extends Error {
  override readonly name = "StopRequested";
}

/** A rule of the executor itself is broken: a bug, never the world's doing. On in production. */
export class BrokenInvariant extends Error {
  override readonly name = "BrokenInvariant";
}

export function invariant(holds: boolean, law: string): asserts holds {
  if (!holds) throw new BrokenInvariant(law);
}

/** The node lane of a step. */
export function nodeLaneOf(content: PlanContent, step: Step): NodeLane | null {
  const lane = content.lanes.find((one) => one.id === step.lane);
  return lane?.kind === "node" ? lane : null;
}
