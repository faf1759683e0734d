import { parentPort, Worker } from "node:worker_threads";
import type { FaultKind } from "./fault-kinds.ts";
import { runSeed, type SeedRun } from "./run-seed.ts";

/** What of a seed's run leaves its thread. */
export interface Outcome extends Omit<SeedRun, "counts" | "story"> {
  readonly counts: readonly (readonly [FaultKind, number])[];
}

export async function outcomeOf(seed: number): Promise<Outcome> {
  const { counts, story: _, ...rest } = await runSeed(seed);
  return { ...rest, counts: [...counts] };
}

/** Does one task after the other, as they are asked for. Called in a thread of the pool. */
export function serveTasks<T, R>(work: (task: T) => Promise<R>): void {
  parentPort?.on("message", async (task: T) => parentPort?.postMessage(await work(task)));
}

export interface PoolOptions<T, R> {
  /** The program that calls serveTasks in its threads. */
  readonly program: string;
  readonly threads: number;
  /** null: no more. */
  readonly next: () => T | null;
  readonly onResult: (result: R) => void;
}

/** Settles when every thread has run out of tasks. */
export async function runPool<T, R>({ program, threads, next, onResult }: PoolOptions<T, R>): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program);
      const go = (): void => {
        const task = next();
        if (task === null) worker.terminate().then(() => resolve(), reject);
        else worker.postMessage(task);
      };
      worker.on("message", (result: R) => {
        onResult(result);
        go();
      });
      worker.on("error", reject);
      go();
    });
  await Promise.all(Array.from({ length: threads }, one));
}
