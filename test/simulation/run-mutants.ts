import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Plugin, rolldown } from "rolldown";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { wholeNumber } from "./whole-number.ts";

/*
 * Plants each bug alone into a storm of its own and lets it blow until the judge finds it. A bug that
 * survives is a check that is missing.
 */

const MOST_SEEDS = 2_000;
const GOAL_MEDIAN = 200;

interface Verdict {
  readonly mutant: Mutant;
  /** null: it survived. */
  readonly seeds: number | null;
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
  return `${dir}/storm.js`;
}

interface StormEnd {
  readonly isGreen: boolean;
  readonly output: string;
}

const blow = (program: string, ...options: readonly string[]): Promise<StormEnd> =>
  new Promise((done) => {
    execFile(process.execPath, [program, ...options], { maxBuffer: 1 << 26 }, (error, output) =>
      done({ isGreen: error === null, output }),
    );
  });

/** sound: the storm without the bug. A seed that fails there too has not found it. */
async function judge(mutant: Mutant, sound: string, most: number): Promise<Verdict> {
  const program = await build(mutant);
  for (let from = 1; ; ) {
    const seeds = ["--from", String(from), "--seeds", String(most - from + 1)];
    const { output } = await blow(program, "--first-failure", "--threads", "1", ...seeds);
    const found = /^seed (\d+) fails: (.*)$/m.exec(output);
    if (!found) return { mutant, seeds: null, violation: output.trim().split("\n").at(-1) ?? "" };
    const seed = Number(found[1]);
    const { isGreen } = await blow(sound, "--seed", String(seed), "--whole");
    if (isGreen) return { mutant, seeds: seed, violation: found[2] ?? "" };
    if (seed >= most) return { mutant, seeds: null, violation: "" };
    from = seed + 1;
  }
}

function row({ mutant, seeds, violation }: Verdict): string {
  const [invariant = "", , ...rest] = violation.split(" ");
  const caught = seeds === null ? "SURVIVED" : `${invariant.padEnd(4)} ${String(seeds).padStart(5)}`;
  return `${caught.padEnd(12)} ${mutant.name.padEnd(36)} ${rest.join(" ").slice(0, 90)}`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      most: { type: "string", default: String(MOST_SEEDS) },
      threads: { type: "string", default: String(cpus().length) },
    },
  });
  const waiting = MUTANTS.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (waiting.length === 0) throw new Error(`--only ${values.only}: no bug is called so`);
  const most = wholeNumber("most", values.most);
  const threads = wholeNumber("threads", values.threads);
  const sound = await build(null);
  const verdicts: Verdict[] = [];
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
      const verdict = await judge(mutant, sound, most);
      verdicts.push(verdict);
      process.stdout.write(`${row(verdict)}\n`);
    }
  };
  await Promise.all(Array.from({ length: threads }, work));
  const caught = verdicts.flatMap(({ seeds }) => seeds ?? []).sort((one, other) => one - other);
  const survivors = verdicts.length - caught.length;
  const median = caught[caught.length >> 1] ?? 0;
  process.stdout.write(
    `${verdicts.length} mutants, ${survivors} survived, median ${median} seeds, most ${caught.at(-1) ?? 0}\n`,
  );
  return survivors > 0 || median > GOAL_MEDIAN ? 1 : 0;
}

process.exitCode = await main();
