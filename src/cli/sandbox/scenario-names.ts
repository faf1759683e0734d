/** The scenarios that come with dextre, the plainest first. */
export const SCENARIO_NAMES = ["small", "mixed", "stuck", "singleton", "zonal-volumes", "big"] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];
