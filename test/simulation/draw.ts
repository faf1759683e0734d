import { Random } from "#world/random.ts";
import type { Scenario } from "#world/scenario.ts";
import { drawCluster } from "./draw-cluster.ts";
import { type DrawnSpec, drawSpec } from "./draw-spec.ts";
import { FAULT_KINDS, type IncidentKind, RATED_KINDS, type RatedKind } from "./fault-kinds.ts";
import type { Rates } from "./weather.ts";

/** Something that happens at a time, ms after the first apply begins. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly at: number;
  /** How long it lasts, ms; of a clock that jumps: how far. */
  readonly duration: number;
  /** Decides whom it strikes. */
  readonly chance: number;
}

/** Everything that a seed decides. Plain data: the same draw is the same universe, and it can be made smaller. */
export interface Draw {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly spec: DrawnSpec;
  readonly rates: Rates;
  /** Milliseconds of the first machine's clock in a true one. */
  readonly clockRate: number;
  readonly incidents: readonly Incident[];
  /** The plan names another cluster than the one that it is applied to. */
  readonly isForOtherCluster: boolean;
  /** Who applies may not evict, until the storm is over and somebody gives the right. */
  readonly isForbidden: boolean;
  /** What somebody tells the autoscaler of one node of each group before; null: nothing. */
  readonly wordToAutoscaler: "true" | "false" | null;
  /** So many objects a page has at most, whatever is asked for; null: as many as that. */
  readonly pageSize: number | null;
  /** Between plan and apply, ms. */
  readonly waitMs: number;
  /** From the first apply until every fault ends, ms. */
  readonly stormMs: number;
}

const RATES = [0.002, 0.01, 0.03, 0.1] as const;
/** Each ends a process or its run: not so often that nothing goes on. */
const FATAL_RATES = [0.002, 0.01] as const;
const DISK_RATES = [0.005, 0.02, 0.05] as const;
/** Where a run makes few calls that it could strike. */
const OFTEN = [0.03, 0.1, 0.3] as const;
const RATES_OF: { readonly [K in RatedKind]?: readonly number[] } = {
  diskFull: DISK_RATES,
  diskError: DISK_RATES,
  tornWrite: DISK_RATES,
  lostWrite: DISK_RATES,
  unauthorized401: FATAL_RATES,
  forbidden403: FATAL_RATES,
  invalid422: DISK_RATES,
  awsExpired: DISK_RATES,
  budget429: OFTEN,
  duplicate: OFTEN,
  appliedThen500: OFTEN,
  awsContention: OFTEN,
  awsLost: OFTEN,
  staleRead: OFTEN,
};
/** A server gives an older list only where one lists again; a lost answer hurts most where the next one is old. */
const WITH: { readonly [K in RatedKind]?: readonly (readonly [RatedKind, number])[] } = {
  staleRead: [
    ["gone410Event", 0.03],
    ["watchStall", 0.02],
  ],
  awsLost: [["awsStale", 0.3]],
};

const oneIn = (random: Random, count: number): boolean => random.between(1, count) === 1;

/** Swarm testing: each seed has few kinds of fault, each at a rate of its own, so that each is seen alone and at its worst. */
export function draw(seed: number): Draw {
  const random = new Random(seed);
  const cluster = drawCluster(random);
  const spec = drawSpec(cluster, random);
  const habits = new Random(seed ^ 0x2545f491);
  const storminess = random.between(0, 3);
  const stormMs = random.between(30, 1200) * 1000;
  return {
    seed,
    scenario: cluster.scenario,
    spec,
    rates: drawRates(storminess, random),
    clockRate: oneIn(random, 8) ? random.between(80, 125) / 100 : 1,
    incidents: drawIncidents(storminess, stormMs, random, habits),
    isForOtherCluster: oneIn(random, 60),
    isForbidden: oneIn(random, 40),
    wordToAutoscaler: oneIn(habits, 6) ? (oneIn(habits, 2) ? "true" : "false") : null,
    pageSize: oneIn(habits, 5) ? habits.between(2, 12) : null,
    waitMs: oneIn(random, 60) ? 73 * 3_600_000 : oneIn(random, 3) ? random.between(0, 600_000) : 0,
    stormMs,
  };
}

function drawRates(storminess: number, random: Random): Rates {
  if (storminess === 0) return {};
  const rates: { [K in RatedKind]?: number } = {};
  for (const kind of RATED_KINDS) {
    const choices = RATES_OF[kind] ?? RATES;
    if (random.between(0, 9) >= storminess) continue;
    rates[kind] = choices[random.between(0, choices.length - 1)] ?? 0;
    for (const [companion, rate] of WITH[kind] ?? [])
      rates[companion] = Math.max(rates[companion] ?? 0, rate);
  }
  return rates;
}

const TIMED: readonly IncidentKind[] = [
  ...FAULT_KINDS.actors,
  ...FAULT_KINDS.controllers,
  "launchFailure",
  "lagLaunches",
  "pause",
  "suspend",
  "clockStep",
  "signal",
  "partition",
  "swizzle",
  "vanishedJournal",
];
/** Once in so many others: it changes the whole run. */
const SELDOM: readonly IncidentKind[] = ["vanishedJournal"];
/** Most runs are over long before their storm: what comes later strikes nobody. */
const EARLY_MILLISECONDS = 180_000;

function drawIncidents(
  storminess: number,
  stormMs: number,
  random: Random,
  habits: Random,
): readonly Incident[] {
  const incidents: Incident[] = [];
  const add = (kind: IncidentKind, by = random): void => {
    const at = by.between(0, oneIn(by, 3) ? stormMs : Math.min(stormMs, EARLY_MILLISECONDS));
    const duration = Math.min(by.between(1, 600) * 1000, stormMs - at);
    incidents.push({ kind, at, duration, chance: by.between(0, 0x7fffffff) });
  };
  for (const kind of FAULT_KINDS.visitors) if (oneIn(habits, 12)) add(kind, habits);
  for (let count = random.between(0, 3); count > 0; count -= 1) add(oneIn(random, 4) ? "powerLoss" : "kill");
  for (let count = random.between(0, 2 + 2 * storminess); count > 0; count -= 1) {
    const kind = TIMED[random.between(0, TIMED.length - 1)];
    if (kind && (!SELDOM.includes(kind) || oneIn(random, 3))) add(kind);
  }
  return incidents.sort((one, other) => one.at - other.at);
}
