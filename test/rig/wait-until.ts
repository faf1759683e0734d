import { setTimeout as sleep } from "node:timers/promises";
import { RigError } from "./rig-error.ts";

export interface Wait {
  /** What is awaited, as it stands in "waited 60 s for …". */
  readonly what: string;
  readonly timeoutSeconds: number;
  /** Milliseconds between two looks; 100 where absent. */
  readonly everyMilliseconds?: number;
}

/**
 * Looks until `look` returns something else than undefined.
 * @throws RigError at the deadline, with `detail()` where given; whatever `look` throws ends the wait.
 */
export async function waitUntil<T>(
  wait: Wait,
  look: () => Promise<T | undefined> | T | undefined,
  detail: () => string = () => "",
): Promise<T> {
  const deadline = performance.now() + wait.timeoutSeconds * 1000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) {
      throw new RigError(`waited ${wait.timeoutSeconds} s for ${wait.what} in vain${detail()}`);
    }
    await sleep(wait.everyMilliseconds ?? 100);
  }
}
