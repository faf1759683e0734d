import type { Plan } from "#model/plan.ts";
import type { RunEnd } from "#model/run.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { startTime } from "#test/world/support.ts";
import { Actors } from "#world/actors.ts";
import { buildWorld } from "#world/build-world.ts";
import { Random } from "#world/random.ts";
import { circumstancesOf } from "./circumstances.ts";
import { type Draw, draw } from "./draw.ts";
import { specText } from "./draw-spec.ts";
import type { FaultKind } from "./fault-kinds.ts";
import { strike } from "./incidents.ts";
import { AUTOSCALER_MARK } from "./judge/node-rule.ts";
import { judgeEnd } from "./judge-end.ts";
import { judgePlan } from "./judge-plan.ts";
import { Operator } from "./operator.ts";
import type { Process } from "./process.ts";
import { Universe } from "./universe.ts";

export interface SeedRun {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly end: Pick<RunEnd, "exit" | "code" | "message">;
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly kills: number;
  readonly resumes: number;
  readonly evictions: number;
  readonly virtualMs: number;
  readonly hash: string;
  readonly story: readonly string[];
}

/** No run takes so long; the sum of its steps' timeouts is judged besides. */
const LONGEST_MILLISECONDS = 6 * 86_400_000;

/** Whether a universe may end at this violation; nobody asks how it would have gone on. */
export type IsEnough = (violation: string) => boolean;

const NEVER: IsEnough = () => false;
const CUT_SHORT: SeedRun["end"] = { exit: 1, code: "E-UNEXPECTED", message: "ended at a violation" };

/** One seed, one universe, from plan to end. */
export const runSeed = (seed: number, isEnough?: IsEnough): Promise<SeedRun> => runDraw(draw(seed), isEnough);

export async function runDraw(drawn: Draw, isEnough: IsEnough = NEVER): Promise<SeedRun> {
  const world = buildWorld(drawn.scenario, { seed: drawn.seed, now: startTime, events: false });
  const universe = new Universe(world, drawn.seed, {
    rates: drawn.rates,
    clockRate: drawn.clockRate,
    pageSize: drawn.pageSize,
    machineOf: (host) => host,
    circumstances: circumstancesOf(drawn),
  });
  const storm = new Storm(drawn, universe);
  const { driver, judge, trace, weather } = universe;
  const begun = driver.now();
  let end: SeedRun["end"];
  try {
    const cut = new Promise<SeedRun["end"]>((resolve) => {
      judge.onReport = (violation) => {
        if (isEnough(violation)) resolve(CUT_SHORT);
      };
    });
    end = await driver.run(() => Promise.race([storm.run(), cut]), { limitMs: LONGEST_MILLISECONDS });
    judge.over();
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    judge.report("I11", message);
    end = { exit: 1, code: "E-UNEXPECTED", message };
  }
  return {
    seed: drawn.seed,
    violations: judge.violations,
    end,
    counts: weather.counts,
    kills: storm.kills,
    resumes: storm.resumes,
    evictions: judge.evictions.effective.size,
    virtualMs: driver.now() - begun,
    hash: trace.hash,
    story: trace.lines,
  };
}

/** A plan of another cluster in which everything else is the same. */
function asIfForAnother({ content, meta }: Plan): Plan {
  return sealPlan({ ...content, cluster: { ...content.cluster, uid: "another" } }, meta);
}

class Storm {
  kills = 0;
  resumes = 0;
  readonly #drawn: Draw;
  readonly #universe: Universe;
  readonly #random: Random;
  readonly #actors: Actors;
  readonly #desired = new Map<string, number>();
  readonly #endings = new Set<() => void>();
  readonly #beside: Process[] = [];
  #current: Process | null = null;
  #killed: () => void = () => undefined;

  constructor(drawn: Draw, universe: Universe) {
    this.#drawn = drawn;
    this.#universe = universe;
    this.#random = new Random(drawn.seed ^ 0x1b873593);
    this.#actors = new Actors(universe.world);
    for (const group of universe.world.fleet.groups.values()) this.#desired.set(group.name, group.desired);
    universe.onKill = (process) => {
      this.kills += 1;
      if (process === this.#current) this.#killed();
    };
  }

  async run(): Promise<SeedRun["end"]> {
    const universe = this.#universe;
    this.#tellAutoscaler();
    const plan = await universe.plan(universe.start("planner"), specText(this.#drawn.spec));
    judgePlan(universe, plan);
    await this.#wait(this.#drawn.waitMs);
    this.#begin();
    const first = this.#drawn.isForOtherCluster ? asIfForAnother(plan) : plan;
    const operator = new Operator(this.#universe, first, this.#drawn.spec);
    for (;;) {
      const end = await this.#applyOnce(operator.plan);
      if (end?.exit === 0) break;
      this.resumes += 1;
      if (end && !this.#universe.weather.isStormy && !(await operator.follow(end, this.#actors))) return end;
      await this.#wait(this.#random.between(1_000, 60_000));
    }
    const mayHoldLock = this.#universe.weather.isStormy;
    this.#calm();
    for (const process of this.#beside) this.#universe.kill(process, "apply");
    await operator.closeOthers();
    await this.#wait(600_000);
    judgeEnd(this.#universe, operator.plan, this.#desired, mayHoldLock);
    return { exit: 0, code: "N-FINISHED", message: "done" };
  }

  #tellAutoscaler(): void {
    const { wordToAutoscaler } = this.#drawn;
    if (wordToAutoscaler === null) return;
    const { world } = this.#universe;
    const annotations = { [AUTOSCALER_MARK]: wordToAutoscaler };
    for (const { name } of this.#drawn.scenario.groups) {
      const ids = [...world.fleet.instances.values()].flatMap((one) =>
        one.group === name ? `/${one.id}` : [],
      );
      const node = world.list("nodes").find(({ spec }) => ids.some((id) => spec.providerID?.endsWith(id)));
      this.#actors.request("PATCH", `/api/v1/nodes/${node?.metadata.name}`, { metadata: { annotations } });
    }
  }

  #begin(): void {
    const { weather, driver, trace } = this.#universe;
    const start = driver.now();
    weather.isStormy = true;
    if (this.#drawn.isForbidden)
      this.#universe.world.cluster.denials.push({
        verb: "create",
        resource: "pods",
        subresource: "eviction",
      });
    if (this.#drawn.clockRate !== 1) weather.count("clockRate", String(this.#drawn.clockRate));
    driver.at(start + this.#drawn.stormMs, () => this.#calm());
    for (const incident of this.#drawn.incidents) {
      driver.at(start + incident.at, () => {
        if (!weather.isStormy) return;
        // Whoever acts acts now, and not when something last happened.
        this.#universe.world.advance(driver.now());
        const ending = strike(incident, {
          universe: this.#universe,
          actors: this.#actors,
          current: () => this.#current,
          desired: this.#desired,
          beside: (kind, random) => this.#startBeside(kind, random),
        });
        if (ending === false) return;
        weather.count(incident.kind, `for ${Math.round(incident.duration / 1000)} s`);
        if (ending === true) return;
        const once = (): void => {
          if (!this.#endings.delete(once)) return;
          trace.say(`${incident.kind} is over`);
          this.#universe.world.advance(driver.now());
          ending();
        };
        this.#endings.add(once);
        driver.at(driver.now() + incident.duration, once);
      });
    }
  }

  /** Every fault ends, and what it broke is mended. */
  #calm(): void {
    if (!this.#universe.weather.isStormy) return;
    this.#universe.trace.say("the storm is over");
    for (const ending of [...this.#endings]) ending();
    this.#universe.weather.isStormy = false;
    this.#universe.world.cluster.denials.length = 0;
    for (const group of this.#universe.world.fleet.groups.values()) group.launchFailures.length = 0;
  }

  /** null: it was killed. */
  async #applyOnce(plan: Plan): Promise<RunEnd | null> {
    const universe = this.#universe;
    const process = universe.start("host-a");
    this.#current = process;
    const killed = new Promise<null>((resolve) => {
      this.#killed = () => universe.driver.at(universe.driver.now() + 1, () => resolve(null));
    });
    // A process that died in the middle of a write says nothing any more.
    const ended = universe
      .apply(process, plan)
      .then((end) => (universe.wasKilled(process) ? new Promise<never>(() => undefined) : end));
    const end = await Promise.race([killed, ended]);
    this.#current = null;
    universe.kill(process, "apply");
    return end;
  }

  #startBeside(kind: "secondApply" | "otherPlan", random: Random): void {
    const universe = this.#universe;
    const plan = this.#current && universe.judge.suspect(this.#current.name)?.plan;
    if (!plan) return;
    const process = universe.start(random.between(0, 1) === 0 ? "host-a" : "host-b");
    this.#beside.push(process);
    const running = kind === "secondApply" ? universe.apply(process, plan) : this.#planAndApply(process);
    running
      .catch((error: unknown) => {
        // Who is dead says nothing; who lives ends with a reason.
        if (!process.client.isCrashed)
          universe.judge.report("I11", `${process.name} throws ${String(error)}`);
      })
      .finally(() => universe.kill(process, "apply"));
  }

  async #planAndApply(process: Process): Promise<void> {
    const targets = ["{kind: Pods, namespaces: [default, kube-system], selector: app=w1}"];
    // In a storm reads may fail, and there may be nothing to roll.
    const spec = specText({ ...this.#drawn.spec, targets });
    const plan = await this.#universe.plan(process, spec).catch(() => null);
    if (plan) await this.#universe.apply(process, plan);
  }

  #wait(milliseconds: number): Promise<void> {
    const { driver } = this.#universe;
    return new Promise((resolve) => {
      driver.at(driver.now() + milliseconds, resolve);
    });
  }
}
