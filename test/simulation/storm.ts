import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, workerData } from "node:worker_threads";
import { replay } from "./replay.ts";
import { FIRST_IS_ENOUGH, type Outcome, outcomeOf, runPool, serveTasks } from "./storm-pool.ts";
import { Tally } from "./tally.ts";
import { exitOf, UsageError } from "./usage.ts";
import { wholeNumber } from "./whole-number.ts";

const HELP = `npm run storm -- [--seeds 1000] [--from 1] [--until 1h] [--threads N] [--twice] [--first-failure]
npm run storm -- --seed N [--whole]   one seed: its story, and where it fails the smallest that fails like it
  --until          goes on for so long (30s, 10m, 8h), whatever --seeds says
  --twice          runs each seed twice and compares the traces
  --first-failure  ends at the first seed that fails
  --whole          the story as it is, without looking for a smaller one`;
const PROGRESS_SECONDS = 10;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function secondsOf(text: string): number {
  const found = /^(\d+)([smh])$/.exec(text);
  if (!found) throw new UsageError(`--until ${text}: write 30s, 10m or 8h`);
  return Number(found[1]) * (UNITS[found[2] ?? ""] ?? 1);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: "string", default: "1000" },
      from: { type: "string", default: "1" },
      seed: { type: "string" },
      until: { type: "string" },
      threads: { type: "string", default: String(cpus().length) },
      twice: { type: "boolean", default: false },
      whole: { type: "boolean", default: false },
      "first-failure": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  if (values.seed !== undefined) return replay(wholeNumber("seed", values.seed), values.whole, say);
  return storm({
    from: wholeNumber("from", values.from),
    seeds: wholeNumber("seeds", values.seeds),
    seconds: values.until === undefined ? null : secondsOf(values.until),
    threads: wholeNumber("threads", values.threads),
    isTwice: values.twice,
    isOverAtFailure: values["first-failure"],
  });
}

interface StormOptions {
  readonly from: number;
  readonly seeds: number;
  /** Instead of a number of seeds; null: none. */
  readonly seconds: number | null;
  readonly threads: number;
  readonly isTwice: boolean;
  readonly isOverAtFailure: boolean;
}

async function storm(options: StormOptions): Promise<number> {
  const begun = Date.now();
  const tally = new Tally();
  const hashes = new Map<number, string>();
  const differing: number[] = [];
  let given = 0;
  const seconds = (): number => Math.max(0.001, (Date.now() - begun) / 1000);
  const next = (): number | null => {
    if (options.isOverAtFailure && tally.failures.length > 0) return null;
    const isOver =
      options.seconds === null
        ? given >= options.seeds * (options.isTwice ? 2 : 1)
        : seconds() >= options.seconds;
    if (isOver) return null;
    given += 1;
    return options.from + (options.isTwice ? (given - 1) >> 1 : given - 1);
  };
  const onOutcome = (outcome: Outcome): void => {
    tally.add(outcome);
    const before = hashes.get(outcome.seed);
    if (before !== undefined && before !== outcome.hash) differing.push(outcome.seed);
    if (options.isTwice) hashes.set(outcome.seed, outcome.hash);
    if (outcome.violations.length > 0)
      say(`seed ${outcome.seed} fails: ${outcome.violations[0]}\n  npm run storm -- --seed ${outcome.seed}`);
  };
  const timer = setInterval(() => say(tally.progress(seconds(), options.threads)), PROGRESS_SECONDS * 1000);
  await runPool({
    program: fileURLToPath(import.meta.url),
    threads: options.threads,
    next,
    onResult: onOutcome,
  });
  clearInterval(timer);
  say(
    `faults:\n${tally.faultTable}\nends:\n${tally.endTable}\n${tally.progress(seconds(), options.threads)}`,
  );
  if (options.isTwice)
    say(`${hashes.size} seeds run twice, ${differing.length} traces differ ${differing.join(" ")}`);
  if (tally.seldom.length > 0) say(`fired too seldom: ${tally.seldom.join(", ")}`);
  return tally.failures.length + differing.length + tally.seldom.length > 0 ? 1 : 0;
}

if (isMainThread) process.exitCode = await exitOf(main, HELP, say);
else serveTasks((seed: number) => outcomeOf(seed, workerData === FIRST_IS_ENOUGH ? () => true : undefined));
