import type { Draw } from "./draw.ts";

/** Draws that differ from a given one by less of something; those that take most away come first. */
type Smaller = (drawn: Draw) => readonly Draw[];

/** Without one half, without the other, then without each alone. */
function withoutSome<T>(all: readonly T[]): readonly (readonly T[])[] {
  if (all.length === 0) return [];
  const middle = all.length >> 1;
  const halves = all.length > 3 ? [all.slice(middle), all.slice(0, middle)] : [];
  return [...halves, ...all.map((gone) => all.filter((one) => one !== gone))];
}

const calm: Smaller = (drawn) => [
  { ...drawn, rates: {}, incidents: [], clockRate: 1 },
  { ...drawn, rates: {} },
  { ...drawn, incidents: [] },
];

const withoutRates: Smaller = (drawn) =>
  withoutSome(Object.entries(drawn.rates)).map((left) => ({ ...drawn, rates: Object.fromEntries(left) }));

const withoutIncidents: Smaller = (drawn) =>
  withoutSome(drawn.incidents).map((incidents) => ({ ...drawn, incidents }));

const withoutWorkloads: Smaller = ({ scenario, ...rest }) =>
  withoutSome(scenario.workloads).map((workloads) => ({ ...rest, scenario: { ...scenario, workloads } }));

const withoutGroups: Smaller = ({ scenario, ...rest }) =>
  scenario.groups.length < 2
    ? []
    : withoutSome(scenario.groups).map((groups) => ({ ...rest, scenario: { ...scenario, groups } }));

const withFewerNodes: Smaller = ({ scenario, ...rest }) =>
  scenario.groups
    .filter((one) => one.size > 2)
    .map((less) => {
      const groups = scenario.groups.map((one) => (one === less ? { ...one, size: 2, min: 0 } : one));
      return { ...rest, scenario: { ...scenario, groups } };
    });

const withFewerPods: Smaller = ({ scenario, ...rest }) =>
  scenario.workloads
    .filter((one) => (one.replicas ?? 1) > 1)
    .map((less) => {
      const replicas = Math.ceil((less.replicas ?? 2) / 2);
      const workloads = scenario.workloads.map((one) => (one === less ? { ...one, replicas } : one));
      return { ...rest, scenario: { ...scenario, workloads } };
    });

const plainer: Smaller = (drawn) => [
  { ...drawn, clockRate: 1 },
  { ...drawn, pageSize: null, wordToAutoscaler: null },
  { ...drawn, waitMs: 0 },
  { ...drawn, isForbidden: false },
  { ...drawn, spec: { ...drawn.spec, targets: drawn.spec.targets.slice(-1) } },
  { ...drawn, spec: { ...drawn.spec, nodesStableFor: 0, stableFor: 0 } },
];

const WAYS: readonly Smaller[] = [
  calm,
  withoutWorkloads,
  withoutGroups,
  withoutIncidents,
  withoutRates,
  withFewerNodes,
  withFewerPods,
  plainer,
];

/** What was broken, without the names, numbers and times that differ from universe to universe. */
export function shapeOf(violation: string): string {
  return violation
    .replace(/: .*/s, "")
    .replace(/\S*\d\S*/g, (word) => (/^I\d+$/.test(word) ? word : "…"))
    .trim();
}

export interface MinimiseOptions {
  /** Violations of a universe. */
  readonly run: (drawn: Draw) => Promise<readonly string[]>;
  /** As `shapeOf` gives it: what a smaller universe has to break as well. */
  readonly shape: string;
  /** So many universes are tried at most. */
  readonly most: number;
  /** True once there is no time left. */
  readonly isOver: () => boolean;
}

export interface Minimised {
  readonly drawn: Draw;
  readonly tried: number;
  /** False where it ended before everything had been tried: the best so far. */
  readonly isSmallest: boolean;
}

/** Takes away faults, nodes and pods as long as the same is broken. */
export async function minimise(drawn: Draw, options: MinimiseOptions): Promise<Minimised> {
  const seen = new Set([JSON.stringify(drawn)]);
  let best = drawn;
  const isEnough = (): boolean => seen.size > options.most || options.isOver();
  const findSmaller = async (way: Smaller): Promise<Draw | null> => {
    for (const candidate of way(best)) {
      const text = JSON.stringify(candidate);
      if (seen.has(text)) continue;
      if (isEnough()) return null;
      seen.add(text);
      const violations = await options.run(candidate);
      if (violations.some((one) => shapeOf(one) === options.shape)) return candidate;
    }
    return null;
  };
  for (let before: Draw | null = null; before !== best; ) {
    before = best;
    for (const way of WAYS)
      for (let found = await findSmaller(way); found; found = await findSmaller(way)) best = found;
  }
  return { drawn: best, tried: seen.size - 1, isSmallest: !isEnough() };
}
