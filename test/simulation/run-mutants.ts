import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type Plugin, rolldown } from "rolldown";
import type { Mutant } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";
import { promisingFirst } from "./seed-order.ts";
import { FIRST_IS_ENOUGH, type Outcome } from "./storm-pool.ts";
import { exitOf, UsageError } from "./usage.ts";
import { wholeNumber } from "./whole-number.ts";

/*
 * Plants each bug alone into a storm of its own and lets it blow until the judge finds it. A bug that
 * survives is a check that is missing.
 */

const HELP = `npm run storm:mutants -- [--only PATTERN] [--most 2000] [--threads N]
  --only  bugs with a name that matches
  --most  seeds; a bug that none of them finds has survived`;
const MOST_SEEDS = 2_000;
const GOAL_MEDIAN = 200;
/** A bug may keep a universe from ever ending: then this has found it. */
const LONGEST_SECONDS = 300;

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

interface Verdict {
  readonly mutant: Mutant;
  /** So many were run until one failed; null: it survived. */
  readonly seeds: number | null;
  readonly seed: number;
  readonly violation: string;
}

function planted({ file, find, replace }: Mutant): Plugin {
  return {
    name: "planted",
    load(id) {
      if (id !== resolve(file)) return null;
      const text = readFileSync(id, "utf8");
      if (text.split(find).length !== 2) throw new Error(`${file} does not hold it exactly once: ${find}`);
      return text.replace(find, () => replace);
    },
  };
}

/** null: the storm without any bug planted. */
async function build(mutant: Mutant | null): Promise<string> {
  const dir = `build/mutants/${mutant?.name.replace(/\W+/g, "-") ?? "none"}`;
  const bundle = await rolldown({
    input: { storm: "test/simulation/storm.ts" },
    platform: "node",
    logLevel: "silent",
    plugins: mutant ? [planted(mutant)] : [],
  });
  await bundle.write({ dir, format: "esm" });
  await bundle.close();
  return resolve(dir, "storm.js");
}

/** One thread of a storm, a seed at a time. */
class Blow {
  readonly #worker: Worker;
  #told: (violation: string | null) => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;

  constructor(program: string) {
    this.#worker = new Worker(program, { workerData: FIRST_IS_ENOUGH });
    this.#worker.on("message", ({ violations }: Outcome) => this.#told(violations[0] ?? null));
    this.#worker.on("error", (error) => this.#failed(error));
  }

  /** The first violation of a seed; null: none. */
  async run(seed: number): Promise<string | null> {
    let deadline: NodeJS.Timeout | undefined;
    const ended = new Promise<string | null>((told, failed) => {
      this.#told = told;
      this.#failed = failed;
      const hangs = `I11 - seed ${seed} has not ended after ${LONGEST_SECONDS} s`;
      deadline = setTimeout(() => told(hangs), LONGEST_SECONDS * 1000);
    });
    this.#worker.postMessage(seed);
    return ended.finally(() => clearTimeout(deadline));
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** sound: the storm without the bug. A seed that fails there too has not found it. */
async function judge(mutant: Mutant, sound: Blow, order: readonly number[]): Promise<Verdict> {
  const blow = new Blow(await build(mutant));
  try {
    for (const [index, seed] of order.entries()) {
      const violation = await blow.run(seed);
      if (violation !== null && (await sound.run(seed)) === null)
        return { mutant, seeds: index + 1, seed, violation };
    }
    return { mutant, seeds: null, seed: 0, violation: "" };
  } finally {
    await blow.end();
  }
}

function row({ mutant, seeds, seed, violation }: Verdict, seconds: number): string {
  const [invariant = "", , ...rest] = violation.split(" ");
  const caught = seeds === null ? "SURVIVED" : `${invariant.padEnd(4)} ${String(seeds).padStart(5)}`;
  const where = seeds === null ? mutant.why : `seed ${seed}: ${rest.join(" ").slice(0, 90)}`;
  return `${caught.padEnd(12)} ${`${seconds} s`.padStart(6)}  ${mutant.name.padEnd(38)} ${where}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      most: { type: "string", default: String(MOST_SEEDS) },
      threads: { type: "string", default: String(cpus().length) },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    say(HELP);
    return 0;
  }
  const wanted = new RegExp(values.only ?? "");
  const waiting = MUTANTS.filter(({ name }) => wanted.test(name));
  if (waiting.length === 0) throw new UsageError(`--only ${values.only}: no bug is called so`);
  const order = promisingFirst(wholeNumber("most", values.most));
  const program = await build(null);
  const verdicts: Verdict[] = [];
  say("by   seeds     time  bug");
  const work = async (): Promise<void> => {
    const sound = new Blow(program);
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const begun = Date.now();
      const verdict = await judge(mutant, sound, order);
      verdicts.push(verdict);
      say(row(verdict, Math.round((Date.now() - begun) / 1000)));
    }
    await sound.end();
  };
  await Promise.all(Array.from({ length: wholeNumber("threads", values.threads) }, work));
  return summary(verdicts);
}

function summary(verdicts: readonly Verdict[]): number {
  const caught = verdicts.flatMap(({ seeds }) => seeds ?? []).sort((one, other) => one - other);
  const survivors = verdicts.length - caught.length;
  const median = caught[caught.length >> 1] ?? 0;
  say(
    `${verdicts.length} bugs planted, ${survivors} survived; median ${median} seeds, most ${caught.at(-1) ?? 0}`,
  );
  return survivors > 0 || median > GOAL_MEDIAN ? 1 : 0;
}

process.exitCode = await exitOf(main, HELP, say);
