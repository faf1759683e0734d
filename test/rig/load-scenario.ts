import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { checkScenario } from "#world/check-scenario.ts";
import type { Scenario } from "#world/scenario.ts";
import { singleWorkloads } from "#world/workload-objects.ts";
import { workTree } from "./paths.ts";
import { messageOf, RigError } from "./rig-error.ts";

/**
 * A scenario, its workloads one by one, by its name in scenarios/, or by the path of a file.
 * @throws RigError where there is none, naming those there are, or where it is none, naming every fault
 */
export function loadScenario(nameOrPath: string): Scenario {
  const path = pathOf(nameOrPath);
  try {
    const scenario = checkScenario(parse(readFileSync(path, "utf8")));
    assertPlayable(scenario);
    return { ...scenario, workloads: singleWorkloads(scenario.workloads) };
  } catch (thrown) {
    throw new RigError(`${path}: ${messageOf(thrown)}`);
  }
}

function pathOf(nameOrPath: string): string {
  if (/[/.]/.test(nameOrPath) && existsSync(nameOrPath)) return nameOrPath;
  const folder = join(workTree(), "scenarios");
  const path = join(folder, `${nameOrPath}.yaml`);
  if (/^[a-z0-9-]+$/.test(nameOrPath) && existsSync(path)) return path;
  const names = readdirSync(folder).map((name) => name.replace(/\.yaml$/, ""));
  throw new RigError(
    `There is no scenario "${nameOrPath}": give the path of a file, or one of ${names.sort().join(", ")}.`,
  );
}

/** What only the embedded world can play. */
function assertPlayable({ access, actors, cloud, denied, groups, workloads, region }: Scenario): void {
  const faults = [
    ...(access === undefined ? [] : ["access: the rig has deploy/rbac.yaml"]),
    ...(actors === undefined ? [] : ["actors: people and programs at a real cluster act themselves"]),
    ...(cloud === undefined ? [] : ["cloud: the rig's answers at once, and with what is so"]),
    ...(denied === undefined ? [] : ["denied: the rig has deploy/rbac.yaml"]),
    ...(region === undefined || region === "eu-west-1" ? [] : ["region: the rig is in eu-west-1"]),
    ...groups.filter(({ hooks }) => hooks !== undefined).map(({ name }) => `${name}: hooks`),
    ...groups
      .filter(({ terminationPolicies }) => terminationPolicies !== undefined)
      .map(({ name }) => `${name}: terminationPolicies`),
    ...groups.filter(({ reusesNames }) => reusesNames).map(({ name }) => `${name}: reusesNames`),
    ...workloads.filter(({ zonalVolume }) => zonalVolume).map(({ name }) => `${name}: zonalVolume`),
  ];
  if (faults.length > 0) throw new RigError(`the rig cannot play ${faults.join("; ")}`);
}
