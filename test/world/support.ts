import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { buildWorld } from "#world/build-world.ts";
import { VirtualDriver, type VirtualDriverOptions } from "#world/drivers/virtual-driver.ts";
import type { Scenario } from "#world/scenario.ts";
import type { World } from "#world/world.ts";

/** 2026-03-02T08:00:00Z. */
export const startTime = Date.UTC(2026, 2, 2, 8);

export const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function loadScenario(name: string): Scenario {
  return parse(readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url), "utf8")) as Scenario;
}

export function smallWorld(seed = 1, change: Partial<Scenario> = {}): World {
  return buildWorld({ ...loadScenario("small"), ...change }, { seed, now: startTime });
}

export function driverOf(world: World, options: Partial<VirtualDriverOptions> = {}): VirtualDriver {
  return new VirtualDriver({ world, macrotask, ...options });
}
