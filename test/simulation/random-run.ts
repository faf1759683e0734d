import type { RunEnd, RunEvent } from "#model/run.ts";
import { startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { Random } from "#world/random.ts";
import type { World } from "#world/world.ts";
import { randomCluster, randomSpec } from "./random-cluster.ts";
import { ServersLog } from "./servers-log.ts";
import { type Process, Universe } from "./universe.ts";

export interface RandomRun {
  readonly seed: number;
  readonly end: RunEnd;
  readonly crashes: number;
  readonly evictions: number;
  readonly violations: readonly string[];
  /** What the last process said, for a failing seed. */
  readonly events: readonly RunEvent[];
  /** Virtual, from the start of the first apply. */
  readonly seconds: number;
}

const CRASHES = 2;

/** One seed, one universe: a random cluster and spec, planned, applied, crashed and taken up again. */
export async function randomRun(seed: number): Promise<RandomRun> {
  const random = new Random(seed);
  const world = buildWorld(randomCluster(random), { seed, now: startTime });
  const universe = new Universe(world, seed);
  const before = capacityOf(world);
  const oldNodes = world.list("nodes").map((node) => node.metadata.uid);
  const log = new ServersLog(world, () => universe.store.durableText());
  const spec = randomSpec(random);
  return universe.driver.run(async () => {
    const planner = universe.start();
    const plan = await universe.plan(planner, spec);
    const begun = planner.client.clock.now();
    let crashes = 0;
    let process = planner;
    for (;;) {
      const crash = crashes < CRASHES ? random.between(50, 240_000) : null;
      const end = await lifeOf(process, crash, universe, random, () => universe.apply(process, plan));
      if (end === null) {
        crashes += 1;
        process = universe.start();
        continue;
      }
      if (end.exit === 0) judgeEnd(world, log, { before, oldNodes });
      const seconds = (process.client.clock.now() - begun) / 1000;
      const { violations } = log;
      return { seed, end, crashes, evictions: log.evicted.size, violations, events: process.events, seconds };
    }
  });
}

/** null: the process was killed after so many milliseconds. */
async function lifeOf(
  process: Process,
  crashAfter: number | null,
  universe: Universe,
  random: Random,
  live: () => Promise<RunEnd>,
): Promise<RunEnd | null> {
  if (crashAfter === null) return live();
  const inFlight = random.between(0, 1) === 0 ? "drop" : "apply";
  return new Promise((resolve, reject) => {
    const pending = universe.driver.at(process.client.clock.now() + crashAfter, () => {
      universe.kill(process, inFlight);
      resolve(null);
    });
    live().then((end) => {
      pending.cancelled = true;
      resolve(end);
    }, reject);
  });
}

function capacityOf(world: World): string {
  const sizes = [...world.fleet.groups.values()].map(({ name, min, max, desired }) => ({
    name,
    min,
    max,
    desired,
  }));
  return JSON.stringify(sizes);
}

function judgeEnd(
  world: World,
  log: ServersLog,
  start: { readonly before: string; readonly oldNodes: readonly string[] },
): void {
  if (capacityOf(world) !== start.before)
    log.violations.push(`capacity: ${start.before} → ${capacityOf(world)}`);
  for (const node of world.list("nodes")) {
    const { name, uid, annotations } = node.metadata;
    if (start.oldNodes.includes(uid)) log.violations.push(`old node ${name} is still there`);
    if (node.spec.unschedulable === true) log.violations.push(`node ${name} is cordoned`);
    if (Object.keys(annotations ?? {}).some((key) => key.startsWith("dextre.dev/"))) {
      log.violations.push(`node ${name} carries our annotation`);
    }
  }
}
