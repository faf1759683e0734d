import { parentPort, Worker } from "node:worker_threads";
import type { FaultKind } from "./fault-kinds.ts";
import { type IsEnough, runSeed, type SeedRun } from "./run-seed.ts";

/** Data of a thread whose universes end at their first violation. */
export const FIRST_IS_ENOUGH = "first is enough";

/** What of a seed's run leaves its thread. */
export interface Outcome extends Omit<SeedRun, "counts" | "story"> {
  readonly counts: readonly (readonly [FaultKind, number])[];
}

export async function outcomeOf(seed: number, isEnough?: IsEnough): Promise<Outcome> {
  const { counts, story: _, ...rest } = await runSeed(seed, isEnough);
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

/** Ends what hangs, and judges nothing: a task takes a second, on a busy machine some. */
const LONGEST_SECONDS = 900;

/** Settles when every thread has run out of tasks. @throws Error where a task throws or never ends */
export async function runPool<T, R>({ program, threads, next, onResult }: PoolOptions<T, R>): Promise<void> {
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(program);
      let deadline: NodeJS.Timeout | undefined;
      const go = (): void => {
        const task = next();
        if (task === null) {
          worker.terminate().then(() => resolve(), reject);
          return;
        }
        const message = `task ${JSON.stringify(task)} has not ended after ${LONGEST_SECONDS} s`;
        deadline = setTimeout(() => reject(new Error(message)), LONGEST_SECONDS * 1000);
        worker.postMessage(task);
      };
      worker.on("message", (result: R) => {
        clearTimeout(deadline);
        onResult(result);
        go();
      });
      worker.on("error", reject);
      go();
    });
  await Promise.all(Array.from({ length: threads }, one));
}
