import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { workTree } from "#test/rig/paths.ts";
import { checkScenario } from "#world/check-scenario.ts";
import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";

export function loadBig(): Scenario {
  return checkScenario(parse(readFileSync(join(workTree(), "scenarios", "big.yaml"), "utf8")));
}

/** What every size has alike: the operations are measured on these pods. */
const probe: ScenarioWorkload = {
  kind: "Deployment",
  namespace: "internal",
  name: "probe",
  replicas: 10,
  ready: "1s",
  budgets: [{ maxUnavailable: 1 }],
};

/** The scenario with this share of its nodes and of its workloads, smaller ones where it is less than one. */
export function scaled(scenario: Scenario, share: number): Scenario {
  const groups = scenario.groups.map((group) => {
    const size = Math.ceil(group.size * share);
    return { ...group, size, min: 0, max: size + 10 };
  });
  return { ...scenario, groups, workloads: [probe, ...scenario.workloads.map((one) => fewer(one, share))] };
}

function fewer(workload: ScenarioWorkload, share: number): ScenarioWorkload {
  const { copies, replicas } = workload;
  if (copies === undefined)
    return { ...workload, ...(replicas === undefined ? {} : { replicas: Math.ceil(replicas * share) }) };
  const wanted = copies * share;
  const smaller = replicas === undefined || wanted >= 1 ? replicas : Math.ceil(replicas * wanted);
  return { ...workload, copies: Math.ceil(wanted), ...(smaller === undefined ? {} : { replicas: smaller }) };
}
