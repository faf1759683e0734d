import type { Clock, ClusterPort, Host, LeasePort, RunStore, ScalingPort } from "#gateway/ports.ts";
import type { Access } from "#model/access.ts";
import type { Code } from "#model/codes.ts";
import type { Plan } from "#model/plan.ts";
import type { RunEvent } from "#model/run.ts";
import type { Drift } from "#rules/drift.ts";

export interface RunPlanOptions {
  readonly plan: Plan;
  /**
   * "resume" refuses a plan that has no unfinished run here; "apply" starts one or takes it up, once;
   * "order" does so even where the same plan was applied before, because it is asked for anew.
   */
  readonly mode: "apply" | "resume" | "order";
  /** A digest that was approved; null: the plan is its own approval. */
  readonly approve: string | null;
  readonly cluster: ClusterPort;
  /** What the run will ask of the API server; anything missing is found before the first change. */
  readonly access: readonly Access[];
  readonly leases: LeasePort;
  /** null where the plan terminates nothing. */
  readonly scaling: ScalingPort | null;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly host: Host;
  readonly newRunId: () => string;
  readonly dextreVersion: string;
  readonly emit: (event: RunEvent) => void;
  /** Aborted: stop at a safe point, within 5 s. */
  readonly stop: AbortSignal;
}

/** Something that people who watch should know, and that changes nothing. */
export function notice(code: Code, message: string, options: RunPlanOptions): void {
  options.emit({ kind: "Notice", at: new Date(options.clock.now()).toISOString(), code, message });
}

export function notices(drifts: readonly Drift[], options: RunPlanOptions): void {
  for (const drift of drifts) notice(drift.code, drift.message, options);
}
