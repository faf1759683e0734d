import type { StoredRun } from "#gateway/ports.ts";
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

/** An aborted run is over, and a new one may start; of runs that are not over there is at most one. */
export function pickRun(runs: readonly StoredRun[], digest: string): KnownRun {
  const same = runs.filter((run) => run.plan.digest === digest && run.entries.length > 0);
  let finished: KnownRun = { kind: "none" };
  for (const run of same) {
    const { phase } = foldEntries(run.entries);
    if (phase === "aborted") continue;
    if (phase === "finished") finished = { kind: phase, run };
    else return { kind: phase === "aborting" ? phase : "unfinished", run };
  }
  return finished;
}
