import { parentPort, Worker } from "node:worker_threads";
import type { FaultKind } from "./fault-kinds.ts";
import { runSeed, type SeedRun } from "./run-seed.ts";

/** What of a seed's run leaves its thread. */
export interface Outcome extends Omit<SeedRun, "counts" | "story"> {
  readonly counts: readonly (readonly [FaultKind, number])[];
}

/** Runs seeds one after the other, as they are asked for. Called in a thread of the pool. */
export function serveSeeds(): void {
  parentPort?.on("message", async (seed: number) => {
    const { counts, story: _, ...rest } = await runSeed(seed);
    const outcome: Outcome = { ...rest, counts: [...counts] };
    parentPort?.postMessage(outcome);
  });
}

export interface PoolOptions {
  /** The program that calls serveSeeds in its threads. */
  readonly program: string;
  readonly threads: number;
  /** The next seed; null: no more. */
  readonly next: () => number | null;
  readonly onOutcome: (outcome: Outcome) => void;
}

/** Settles when every thread has run out of seeds. */
export async function runPool({ program, threads, next, onOutcome }: PoolOptions): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program);
      const go = (): void => {
        const seed = next();
        if (seed === null) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(seed);
      };
      worker.on("message", (outcome: Outcome) => {
        onOutcome(outcome);
        go();
      });
      worker.on("error", reject);
      go();
    });
  await Promise.all(Array.from({ length: threads }, one));
}
