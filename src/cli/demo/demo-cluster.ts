import { parse } from "yaml";
import { createScaling } from "#gateway/aws/scaling.ts";
import type { ScalingPort } from "#gateway/ports.ts";
import { buildWorld } from "#world/build-world.ts";
import { checkScenario } from "#world/check-scenario.ts";
import type { WorldClient } from "#world/drivers/client.ts";
import { WallDriver } from "#world/drivers/wall-driver.ts";
import small from "../../../scenarios/small.yaml?raw";
import { type World, worldOn } from "../open-world.ts";

/** One life of dextre against the embedded cluster: all that dies in a crash. */
export interface DemoProcess {
  readonly client: WorldClient;
  readonly world: World;
  readonly scaling: ScalingPort;
}

/** The cluster of scenarios/small.yaml, `speed` times as fast as life. */
export class DemoCluster {
  readonly driver: WallDriver;
  #pid = process.pid;

  constructor(speed: number) {
    this.driver = new WallDriver({
      world: buildWorld(checkScenario(parse(small)), { seed: 1, now: Date.now() }),
      speed,
      timers: {
        monotonic: () => performance.now(),
        setTimer(milliseconds, run) {
          const timer = setTimeout(run, milliseconds);
          return () => clearTimeout(timer);
        },
      },
    });
  }

  /** A new process; the ones before are gone, and their locks can be seen to be orphans. */
  async start(): Promise<DemoProcess> {
    const pid = ++this.#pid;
    const client = this.driver.client(`dextre-${pid}`);
    const { clock } = client;
    const random = Math.random;
    const world = await worldOn(client.kubernetes, {
      server: "https://embedded",
      caFingerprint: "",
      contextName: "embedded",
      clock,
      random,
      host: {
        name: "demo",
        pid,
        machine: "demo",
        nonce: String(pid),
        isProcessAlive: (other) => other === this.#pid,
      },
    });
    return { client, world, scaling: createScaling({ wire: client.aws, clock, random }) };
  }
}
