import { describe, expect, it } from "vitest";
import type { Plan } from "#model/plan.ts";
import { drawCluster } from "#test/simulation/draw-cluster.ts";
import { drawSpec, specText } from "#test/simulation/draw-spec.ts";
import type { Judge } from "#test/simulation/judge/judge.ts";
import { Universe } from "#test/simulation/universe.ts";
import { startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import type { FaultRule } from "#world/drivers/fault.ts";
import { Random } from "#world/random.ts";
import type { LoggedRequest, World } from "#world/world.ts";

interface Scene {
  readonly universe: Universe;
  readonly world: World;
  readonly log: Judge;
  readonly random: Random;
  readonly spec: string;
}

function scene(seed: number, faults: FaultRule = () => undefined): Scene {
  const random = new Random(seed);
  const cluster = drawCluster(random, false);
  const world = buildWorld(cluster.scenario, { seed, now: startTime });
  const universe = new Universe(world, seed, { faults });
  const log = universe.judge;
  return { universe, world, log, random, spec: specText(drawSpec(cluster, random)) };
}

/** A request of dextre that changes something other than its own lease. */
function isEffect({ client, request }: LoggedRequest): boolean {
  if (!client.startsWith("dextre")) return false;
  if (request.kind === "aws") return request.action.startsWith("Terminate");
  return request.request.method !== "GET" && !/leases|namespaces$|selfsubject/.test(request.request.path);
}

/** Runs an apply and asks it to stop after so many milliseconds. */
async function stopped({ universe, world }: Scene, plan: Plan, after: number) {
  const process = universe.start();
  const { clock } = process.client;
  let stoppedAt = Number.POSITIVE_INFINITY;
  const late: string[] = [];
  world.onRequest((request) => {
    if (isEffect(request) && clock.now() > stoppedAt + LATENCY) late.push(JSON.stringify(request.request));
  });
  const pending = universe.driver.at(clock.now() + after, () => {
    stoppedAt = clock.now();
    process.stop.abort(new Error("SIGTERM"));
  });
  const end = await universe.apply(process, plan);
  pending.cancelled = true;
  const seconds = (clock.now() - stoppedAt) / 1000;
  stoppedAt = Number.POSITIVE_INFINITY;
  universe.kill(process, "apply");
  return { end, seconds, late };
}

/** What a request may be on its way, ms. */
const LATENCY = 500;
const SEEDS = Array.from({ length: 20 }, (_, at) => at + 1);

describe("a stop that is asked for at any instant", () => {
  it("ends the run within 5 s, sends nothing more, and leaves a run that is taken up to its end", async () => {
    for (const seed of SEEDS) {
      const one = scene(seed);
      await one.universe.driver.run(async () => {
        const plan = await one.universe.plan(one.universe.start(), one.spec);
        const { end, seconds, late } = await stopped(one, plan, one.random.between(1, 150_000));
        expect({ seed, late }).toEqual({ seed, late: [] });
        expect([0, 4]).toContain(end.exit);
        if (end.exit === 4) expect(seconds).toBeLessThanOrEqual(5);
        const again = await one.universe.apply(one.universe.start(), plan);
        expect({
          seed,
          exit: again.exit,
          message: again.message,
          violations: one.log.violations,
        }).toMatchObject({
          seed,
          exit: 0,
          violations: [],
        });
      });
    }
  });
});

describe("a stop while the servers do not answer", () => {
  it("gives up what is in flight within 5 s, and what arrives late does no harm", async () => {
    for (const seed of SEEDS) {
      let isSlow = true;
      const one = scene(seed, (client) =>
        isSlow && client === "dextre-101" && one.universe.driver.now() > startTime + 5_000
          ? { kind: "slow", delayMs: 20_000 }
          : undefined,
      );
      await one.universe.driver.run(async () => {
        const plan = await one.universe.plan(one.universe.start(), one.spec);
        const { end, seconds } = await stopped(one, plan, one.random.between(5_000, 60_000));
        if (end.exit === 4) expect(seconds).toBeLessThanOrEqual(5);
        isSlow = false;
        const again = await one.universe.apply(one.universe.start(), plan);
        expect({
          seed,
          exit: again.exit,
          message: again.message,
          violations: one.log.violations,
        }).toMatchObject({
          seed,
          exit: 0,
          violations: [],
        });
      });
    }
  });
});

describe("an abort of a stopped run", () => {
  it("leaves no cordon and no annotation of ours but on nodes that are ending, and frees their objects", async () => {
    for (const seed of SEEDS) {
      const one = scene(seed);
      await one.universe.driver.run(async () => {
        const plan = await one.universe.plan(one.universe.start(), one.spec);
        const { end } = await stopped(one, plan, one.random.between(500, 60_000));
        if (end.exit === 0 || end.run === "") return;
        const undone = await one.universe.abort(one.universe.start(), end.run);
        expect({ seed, exit: undone.exit, message: undone.message }).toMatchObject({ seed, exit: 0 });
        const ending = undone.left.join(" ");
        for (const { metadata, spec } of one.world.list("nodes")) {
          if (ending.includes(metadata.name)) continue;
          const ours = Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("dextre.dev/"));
          expect({ seed, node: metadata.name, ours, cordoned: spec.unschedulable ?? false }).toEqual({
            seed,
            node: metadata.name,
            ours: [],
            cordoned: false,
          });
        }
        const lease = await one.universe.start("host-b").leases.read();
        expect(lease).toMatchObject({ holder: "", annotations: { "dextre.dev/runs": "[]" } });
      });
    }
  });
});

describe("a crash in the first moments", () => {
  it("between taking the lock and the first record leaves no run that would refuse the next", async () => {
    for (let after = 5; after < 1_500; after += 95) {
      const one = scene(7);
      await one.universe.driver.run(async () => {
        const plan = await one.universe.plan(one.universe.start(), one.spec);
        const first = one.universe.start();
        one.universe.apply(first, plan).catch(() => undefined);
        await new Promise<void>((resolve) => {
          one.universe.driver.at(first.client.clock.now() + after, () => {
            one.universe.kill(first, "apply");
            resolve();
          });
        });
        const { runs } = await one.universe.store.read(one.universe.clusterUid);
        const lease = await one.universe.start("host-b").leases.read();
        const named: readonly { run: string }[] = JSON.parse(lease?.annotations["dextre.dev/runs"] ?? "[]");
        const known = runs.filter((run) => run.entries.length > 0).map((run) => run.run);
        expect(named.filter((one) => !known.includes(one.run))).toEqual([]);
        const end = await one.universe.apply(one.universe.start(), plan);
        expect({ after, exit: end.exit, message: end.message, violations: one.log.violations }).toMatchObject(
          {
            after,
            exit: 0,
            violations: [],
          },
        );
      });
    }
  });
});
