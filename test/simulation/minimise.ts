import type { Draw } from "./draw.ts";
import { runDraw } from "./run-seed.ts";

/** A draw that differs from the one before by less of something. */
type Smaller = (drawn: Draw) => readonly Draw[];

const withoutIncidents: Smaller = (drawn) =>
  drawn.incidents.map((gone) => ({ ...drawn, incidents: drawn.incidents.filter((one) => one !== gone) }));

const withoutRates: Smaller = (drawn) =>
  Object.keys(drawn.rates).map((kind) => ({
    ...drawn,
    rates: Object.fromEntries(Object.entries(drawn.rates).filter(([other]) => other !== kind)),
  }));

const withoutWorkloads: Smaller = (drawn) =>
  drawn.scenario.workloads.map((gone) => ({
    ...drawn,
    scenario: { ...drawn.scenario, workloads: drawn.scenario.workloads.filter((one) => one !== gone) },
  }));

const withoutGroups: Smaller = ({ scenario, ...rest }) =>
  scenario.groups.length < 2
    ? []
    : scenario.groups.map((gone) => ({
        ...rest,
        scenario: { ...scenario, groups: scenario.groups.filter((one) => one !== gone) },
      }));

const withFewerPods: Smaller = ({ scenario, ...rest }) =>
  scenario.workloads
    .filter((one) => (one.replicas ?? 1) > 1)
    .map((less) => {
      const replicas = Math.ceil((less.replicas ?? 2) / 2);
      const workloads = scenario.workloads.map((one) => (one === less ? { ...one, replicas } : one));
      return { ...rest, scenario: { ...scenario, workloads } };
    });

const withFewerNodes: Smaller = ({ scenario, ...rest }) =>
  scenario.groups
    .filter((one) => one.size > 2)
    .map((less) => {
      const groups = scenario.groups.map((one) => (one === less ? { ...one, size: 2, min: 0 } : one));
      return { ...rest, scenario: { ...scenario, groups } };
    });

const plainer: Smaller = (drawn) => [
  { ...drawn, clockRate: 1 },
  { ...drawn, waitMs: 0 },
];

const WAYS: readonly Smaller[] = [
  withoutRates,
  withoutIncidents,
  withoutWorkloads,
  withoutGroups,
  withFewerNodes,
  withFewerPods,
  plainer,
];

export interface Minimised {
  readonly drawn: Draw;
  readonly tried: number;
}

/** Takes away faults, nodes and pods as long as the same invariant is broken; `most` universes are tried. */
export async function minimise(drawn: Draw, invariant: string, most = 200): Promise<Minimised> {
  let best = drawn;
  let tried = 0;
  for (let isSmaller = true; isSmaller && tried < most; ) {
    isSmaller = false;
    for (const way of WAYS) {
      for (const candidate of way(best)) {
        if (tried >= most || JSON.stringify(candidate) === JSON.stringify(best)) continue;
        tried += 1;
        const { violations } = await runDraw(candidate);
        if (!violations.some((one) => one.startsWith(`${invariant} `))) continue;
        best = candidate;
        isSmaller = true;
        break;
      }
    }
  }
  return { drawn: best, tried };
}
