import type { StoredRun } from "#gateway/ports.ts";
import type { Plan } from "#model/plan.ts";
import { foldEntries } from "./recorder.ts";

/** Which runs have ended, by the journals of this machine. */
export function isOverIn(stored: readonly StoredRun[]): (run: string) => boolean {
  const over = new Set<string>();
  for (const { run, entries } of stored) {
    const { phase } = foldEntries(entries);
    if (phase === "finished" || phase === "aborted") over.add(run);
  }
  return (run) => over.has(run);
}

/** What this machine knows of the runs of one plan. */
export type KnownRun =
  | { readonly kind: "none" }
  | { readonly kind: "finished" | "unfinished" | "aborting"; readonly run: StoredRun };

/**
 * An aborted run is over, and a new one may start; of runs that are not over there is at most one. A
 * finished run is this plan's only where it had this very file: a plan made later may have the same
 * content and digest, and is a new order.
 */
export function pickRun(runs: readonly StoredRun[], plan: Pick<Plan, "digest" | "checksum">): KnownRun {
  let finished: KnownRun = { kind: "none" };
  for (const run of runs) {
    if (run.plan.digest !== plan.digest || run.entries.length === 0) continue;
    const { phase } = foldEntries(run.entries);
    if (phase === "aborted") continue;
    if (phase !== "finished") return { kind: phase === "aborting" ? phase : "unfinished", run };
    if (run.plan.checksum === plan.checksum) finished = { kind: phase, run };
  }
  return finished;
}
