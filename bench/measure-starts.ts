import { spawn } from "node:child_process";
import { childEnvironment } from "#test/rig/child-environment.ts";

export interface Start {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export interface StartMeasurement extends Start {
  /** One for each round. */
  readonly times: readonly StartTime[];
}

/** Milliseconds. */
export interface StartTime {
  /** From starting the program to its end. */
  readonly elapsed: number;
  /** Of all its threads, in the program and in the system: other work on the machine hardly changes it. */
  readonly processor: number;
}

/**
 * Starts every program once a round, one after the other, so that whatever else the machine does
 * meets all of them. Two rounds before the first counted one warm the file caches.
 */
export async function measureStarts(
  starts: readonly Start[],
  rounds: number,
): Promise<readonly StartMeasurement[]> {
  const times = starts.map((): StartTime[] => []);
  for (let round = -2; round < rounds; round++) {
    for (const [index, start] of starts.entries()) {
      const time = await runOnce(start);
      if (round >= 0) times[index]?.push(time);
    }
  }
  return starts.map((start, index) => ({ ...start, times: times[index] ?? [] }));
}

/** Node tells nobody what its children took; bash does, on the last line of stderr. */
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; time "$0" "$@"';

/** @throws where it does not end well */
async function runOnce({ name, file, args, environment }: Start): Promise<StartTime> {
  const child = spawn("bash", ["-c", TIMED, file, ...args], {
    env: childEnvironment({ ...environment, LC_ALL: "C" }),
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
  const [elapsed = 0, user = 0, system = 0] = (said.trim().split("\n").at(-1) ?? "")
    .split(" ")
    .map((seconds) => 1000 * Number(seconds));
  return { elapsed, processor: user + system };
}

/** Of an odd number of values the middle one; else the mean of the two in the middle. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0;
  return (lower + upper) / 2;
}
