import { spawn } from "node:child_process";
import { performance } from "node:perf_hooks";
import { childEnvironment } from "#test/rig/child-environment.ts";

export interface Start {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StartMeasurement extends Start {
  /** From starting the program to its end, milliseconds, one for each round. */
  readonly milliseconds: readonly number[];
}

/**
 * Starts every program once a round, one after the other, so that whatever else the machine does
 * meets all of them. Two rounds before the first counted one warm the file caches.
 */
export async function measureStarts(
  starts: readonly Start[],
  rounds: number,
): Promise<readonly StartMeasurement[]> {
  const times = starts.map((): number[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, start] of starts.entries()) {
      const milliseconds = await runOnce(start);
      if (round >= 0) times[index]?.push(milliseconds);
    }
  }
  return starts.map((start, index) => ({ ...start, milliseconds: times[index] ?? [] }));
}

/** @throws where it does not end well */
async function runOnce({ name, file, args, environment }: Start): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(file, [...args], {
    env: childEnvironment(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stdout.resume();
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new Error(`${name} ended ${code}:\n${said}`);
  return performance.now() - startedAt;
}

/** Of an odd number of values the middle one; else the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (lower + upper) / 2;
}
