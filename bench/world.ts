import process from "node:process";
import { layOut } from "./lay-out.ts";
import { loadBig, scaled } from "./scaled-scenario.ts";
import { seedWorld } from "./seed-world.ts";
import { measureOperations, operations } from "./world-operations.ts";

/** Shares of scenarios/big.yaml: about 100, 3,000 and 30,000 pods. */
const SHARES = [1 / 300, 1 / 10, 1];
const SEED_GOAL_SECONDS = 3;
const MEMORY_GOAL_MEGABYTES = 1000;
/** A write among 30,000 pods against the same among 100; memory that is farther away is not free. */
const GROWTH_GOAL = 3;

const say = (text: string): void => {
  process.stdout.write(text);
};

const big = loadBig();
seedWorld(scaled(big, 1 / 20));
const seeds = SHARES.map((share) => seedWorld(scaled(big, share)));
const last = seeds.at(-1);
if (last === undefined) throw new Error("nothing was measured");

say("Seeding, each the faster of two; of the largest the goals are judged:\n\n");
say(
  layOut([
    ["pods", "nodes", "seconds", "processor s", "memory MB"],
    ...seeds.map(({ world, seconds, processorSeconds, megabytes }) => [
      String(world.list("pods").length),
      String(world.list("nodes").length),
      seconds.toFixed(2),
      processorSeconds.toFixed(2),
      megabytes.toFixed(0),
    ]),
  ]),
);
const isSmall = last.megabytes < MEMORY_GOAL_MEGABYTES;
say(
  `\nunder ${SEED_GOAL_SECONDS} s: ${last.seconds < SEED_GOAL_SECONDS ? "met" : "NOT MET"} (of this machine, now; it decides nothing)\n`,
);
say(`under ${MEMORY_GOAL_MEGABYTES} MB: ${isSmall ? "met" : "NOT MET"}\n\n`);

const measured = measureOperations(seeds.map(({ world }) => world));
const rows = operations.map(({ name }, row) => {
  const costs = measured.map((ofWorld) => ofWorld[row] ?? Number.NaN);
  const growth = (costs.at(-1) ?? Number.NaN) / (costs[0] ?? Number.NaN);
  const met = growth <= GROWTH_GOAL;
  const cells = [name, ...costs.map((cost) => cost.toFixed(0)), growth.toFixed(1), met ? "met" : "NOT MET"];
  return { met, cells };
});
const sizes = seeds.map(({ world }) => `${world.list("pods").length} pods`);
say(`Median microseconds of an operation with all that follows from it; growth at most ${GROWTH_GOAL}:\n\n`);
say(layOut([["", ...sizes, "growth", ""], ...rows.map(({ cells }) => cells)]));
process.exitCode = isSmall && rows.every(({ met }) => met) ? 0 : 1;
