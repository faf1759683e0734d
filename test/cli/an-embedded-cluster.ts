import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Openers } from "#cli/one-liner/run-one-liner.ts";
import { worldOn } from "#cli/open-world.ts";
import { createScaling } from "#gateway/aws/scaling.ts";
import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import { loadScenario } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { WallDriver } from "#world/drivers/wall-driver.ts";
import type { Scenario } from "#world/scenario.ts";
import type { LoggedRequest, World } from "#world/world.ts";

export interface EmbeddedCluster {
  readonly world: World;
  readonly open: Openers;
  /** Where runs are kept. */
  readonly folder: string;
  /** Requests that changed something, and their answers. */
  readonly writes: readonly LoggedRequest[];
  close(): void;
}

/** The small scenario in real time, many times as fast as life, for commands that a terminal drives. */
export function anEmbeddedCluster(change: Partial<Scenario> = {}, speed = 40): EmbeddedCluster {
  const world = buildWorld({ ...loadScenario("small"), ...change }, { seed: 1, now: Date.now() });
  const driver = new WallDriver({
    world,
    speed,
    timers: {
      monotonic: () => performance.now(),
      setTimer(milliseconds, run) {
        const timer = setTimeout(run, milliseconds);
        return () => clearTimeout(timer);
      },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), "dextre-one-liner-"));
  const writes: LoggedRequest[] = [];
  world.onRequest((logged) => {
    if (isWrite(logged)) writes.push(logged);
  });
  const client = driver.client("dextre");
  const { clock } = client;
  const random = Math.random;
  const scaling = createScaling({ wire: client.aws, clock, random });
  const openWorld = () =>
    worldOn(client.kubernetes, {
      server: "https://embedded",
      caFingerprint: "",
      contextName: "embedded",
      clock,
      random,
      host: { name: "test", pid: process.pid, machine: "test", nonce: "1", isProcessAlive: () => false },
    });
  return {
    world,
    folder,
    writes,
    open: {
      openWorld,
      openScaling: async () => scaling,
      openScalingOf: async () => scaling,
      openStore: async () => makeFileRunStore(folder),
    },
    close() {
      driver.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Questions about one's own permissions create nothing. */
function isWrite({ request }: LoggedRequest): boolean {
  if (request.kind === "aws") return request.action.startsWith("Terminate");
  const { method, path } = request.request;
  return method !== "GET" && !path.includes("selfsubject");
}
