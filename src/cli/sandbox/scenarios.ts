import { existsSync } from "node:fs";
import { parse } from "yaml";
import { EXIT } from "#model/exit-codes.ts";
import { checkScenario, ScenarioError } from "#world/check-scenario.ts";
import type { Scenario } from "#world/scenario.ts";
import { fail } from "../failure.ts";
import { readText } from "../read-text.ts";
import type { Terminal } from "../terminal.ts";
import { SCENARIO_NAMES, type ScenarioName } from "./scenario-names.ts";

type Load = () => Promise<{ readonly default: string }>;

/** The scenarios that come with dextre, each in the bundle. */
const SHIPPED: Readonly<Record<ScenarioName, Load>> = {
  small: () => import("../../../scenarios/small.yaml?raw"),
  mixed: () => import("../../../scenarios/mixed.yaml?raw"),
  stuck: () => import("../../../scenarios/stuck.yaml?raw"),
  singleton: () => import("../../../scenarios/singleton.yaml?raw"),
  "zonal-volumes": () => import("../../../scenarios/zonal-volumes.yaml?raw"),
  big: () => import("../../../scenarios/big.yaml?raw"),
};

/** A scenario by its name here, else from a file; "-" is standard input. @throws CommandFailure 65 */
export async function loadScenario(nameOrFile: string, terminal: Terminal): Promise<Scenario> {
  const shipped = SCENARIO_NAMES.find((name) => name === nameOrFile);
  if (shipped !== undefined) return checkScenario(parse((await SHIPPED[shipped]()).default));
  const isName = /^[\w-]+$/.test(nameOrFile) && nameOrFile !== "-";
  const text = await readText(nameOrFile, "E-SCENARIO", terminal).catch((error: unknown) => {
    if (!isName || existsSync(nameOrFile)) throw error;
    const known = SCENARIO_NAMES.join(", ");
    return fail(
      EXIT.invalid,
      "E-SCENARIO",
      `${nameOrFile} is neither a scenario of dextre (${known}) nor a file`,
    );
  });
  try {
    return checkScenario(parse(text));
  } catch (error) {
    if (error instanceof ScenarioError) {
      // A fault of the whole has no place.
      const faults = error.faults.map((fault) => fault.replace(/^: /, "it ")).join("; ");
      return fail(EXIT.invalid, "E-SCENARIO", `${nameOrFile} is no scenario: ${faults}`);
    }
    const why = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return fail(EXIT.invalid, "E-SCENARIO", `${nameOrFile} is not valid YAML: ${why}`);
  }
}
