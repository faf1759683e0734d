import type { RunEnd } from "#model/run.ts";
import { startTime } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import type { ReferencePlan } from "./crash-plans.ts";
import { writeOf } from "./judge/requests.ts";
import { judgeEnd } from "./judge-end.ts";
import type { Process } from "./process.ts";
import { type Probe, Universe } from "./universe.ts";

/**
 * Where a process may end. Around a write's records: before one is written, in its middle, written
 * and lost with the power, durable; around the write itself: before it leaves, on its way, and
 * applied with nobody left to hear of it. And whenever a step begins or waits.
 */
export type CrashKind =
  | "before record"
  | "torn record"
  | "unsynced record"
  | "durable record"
  | "before request"
  | "request lost"
  | "request applied"
  | "event";

export const CRASH_KINDS: readonly CrashKind[] = [
  "before record",
  "torn record",
  "unsynced record",
  "durable record",
  "before request",
  "request lost",
  "request applied",
  "event",
];

/** The n-th moment of its kind in the life of one process. */
export interface CrashPoint {
  readonly kind: CrashKind;
  readonly index: number;
}

export interface CrashRun {
  readonly violations: readonly string[];
  readonly crashes: number;
  /** What the servers hold in the end. */
  readonly state: string;
  /** How many moments of each kind the last process saw. */
  readonly moments: Readonly<Record<CrashKind, number>>;
}

const MOST_LIVES = 12;

/** Applies the plan, crashes at each of the points in turn, one life each, and goes on to the end. */
export async function crashRun(plan: ReferencePlan, points: readonly CrashPoint[]): Promise<CrashRun> {
  const world = buildWorld(plan.scenario, { seed: 1, now: startTime, events: false });
  const universe = new Universe(world, 1);
  const desired = new Map([...world.fleet.groups.values()].map((group) => [group.name, group.desired]));
  const left = [...points];
  let crashes = 0;
  let moments = noMoments();
  const { driver, judge } = universe;
  const life = async (document: Awaited<ReturnType<Universe["plan"]>>): Promise<RunEnd | null> => {
    const counter = new MomentCounter(universe, left[0] ?? null);
    universe.probe = counter.probe;
    const end = await lifeOf(universe, (process) => universe.apply(process, document));
    if (end === null) {
      crashes += 1;
      left.shift();
    }
    moments = counter.moments;
    return end;
  };
  await driver.run(async () => {
    const document = await universe.plan(universe.start("planner"), plan.spec);
    for (let lives = 0; ; lives += 1) {
      const end = await life(document);
      if (end?.exit === 0) break;
      if (end) judge.report("I11", `ended with ${end.code}: ${end.message}`);
      if (lives < MOST_LIVES) continue;
      judge.report("I11", `not done after ${lives} lives`);
      break;
    }
    universe.probe = {};
    await universe.start("observer").clock.sleep(120_000);
    judgeEnd(universe, document, desired);
  });
  return { violations: judge.violations, crashes, state: stateOf(universe), moments };
}

/** null: it was killed. */
function lifeOf(universe: Universe, run: (process: Process) => Promise<RunEnd>): Promise<RunEnd | null> {
  const process = universe.start("host-a");
  return new Promise((resolve, reject) => {
    universe.onKill = (killed) => {
      if (killed === process) universe.driver.at(universe.driver.now() + 500, () => resolve(null));
    };
    run(process).then((end) => {
      if (universe.wasKilled(process)) return;
      universe.kill(process, "apply");
      resolve(end);
    }, reject);
  });
}

const noMoments = (): Record<CrashKind, number> => ({
  "before record": 0,
  "torn record": 0,
  "unsynced record": 0,
  "durable record": 0,
  "before request": 0,
  "request lost": 0,
  "request applied": 0,
  event: 0,
});

/** Counts the moments of one life, and ends it at the one that is asked for. */
class MomentCounter {
  readonly moments = noMoments();
  readonly #universe: Universe;
  readonly #point: CrashPoint | null;

  constructor(universe: Universe, point: CrashPoint | null) {
    this.#universe = universe;
    this.#point = point;
  }

  #isNow(kind: CrashKind): boolean {
    const index = this.moments[kind];
    this.moments[kind] += 1;
    return this.#point?.kind === kind && this.#point.index === index;
  }

  get probe(): Probe {
    const universe = this.#universe;
    return {
      onJournalWrite: (process, bytes) => {
        const isBefore = this.#isNow("before record");
        const isTorn = this.#isNow("torn record");
        if (!isBefore && !isTorn) return bytes;
        universe.crash(process, "drop");
        return isTorn ? bytes >> 1 : 0;
      },
      onJournalSync: (process) => {
        if (this.#isNow("unsynced record")) universe.crash(process, "drop", 40);
      },
      onJournalDurable: (process) => {
        if (this.#isNow("durable record")) universe.crash(process, "drop");
      },
      onSend: (process, request) => {
        if (!writeOf(request)) return;
        if (this.#isNow("before request")) universe.crash(process, "drop");
        if (this.#isNow("request lost")) this.#soon(process, "drop");
        if (this.#isNow("request applied")) this.#soon(process, "apply");
      },
      onEvent: (process, event) => {
        if (event.kind !== "StepStarted" && event.kind !== "StepWaiting") return;
        if (this.#isNow("event")) universe.crash(process, "drop");
      },
    };
  }

  /** While the request is on its way: it has left, and cannot have arrived. */
  #soon(process: Process, inFlight: "drop" | "apply"): void {
    const { driver } = this.#universe;
    driver.at(driver.now(), () => this.#universe.crash(process, inFlight));
  }
}

function stateOf({ world }: Universe): string {
  const groups = [...world.fleet.groups.values()].map(({ name, min, max, desired }) => [
    name,
    min,
    max,
    desired,
  ]);
  const nodes = world
    .list("nodes")
    .map(({ spec, metadata }) => [
      spec.unschedulable === true,
      Object.keys(metadata.annotations ?? {}).filter((key) => /dextre|autoscaler/.test(key)),
    ]);
  const pods = new Map<string, number>();
  for (const { metadata, status } of world.list("pods")) {
    const key = `${metadata.labels?.app} ${status.phase}`;
    pods.set(key, (pods.get(key) ?? 0) + 1);
  }
  const instances = [...world.fleet.instances.values()].filter((one) => one.lifecycle === "InService");
  return JSON.stringify([groups, nodes, [...pods].sort(), instances.map((one) => one.templateVersion)]);
}
