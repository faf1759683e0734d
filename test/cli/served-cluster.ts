import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childEnvironment } from "#test/rig/child-environment.ts";
import { loadScenario } from "#test/world/support.ts";
import { buildWorld } from "#world/build-world.ts";
import { hasten } from "#world/hasten.ts";
import { serveWorld } from "#world/http/serve-world.ts";
import type { World } from "#world/world.ts";

/** An embedded cluster on the loopback, and a folder in which processes of dextre use it. */
export interface ServedCluster {
  readonly world: World;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Starts `dextre WORDS` in the folder. */
  dextre(...words: readonly string[]): ChildProcess;
  /** Writes the spec and plans it into plan.json. */
  plan(spec: string): Promise<void>;
  close(): Promise<void>;
}

export interface ServedClusterOptions {
  /** dextre.js */
  readonly program: string;
  /** "small" where absent. */
  readonly scenario?: string;
  readonly seed?: number;
  /** 20 where absent. */
  readonly speed?: number;
}

export async function serveCluster(options: ServedClusterOptions): Promise<ServedCluster> {
  const { program, scenario = "small", seed = 1, speed = 20 } = options;
  const world = buildWorld(hasten(loadScenario(scenario), speed), { seed, now: Date.now() });
  const served = await serveWorld({ world, users: ["dextre"] });
  const folder = mkdtempSync(join(tmpdir(), "dextre-served-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, served.kubeconfig);
  const environment = childEnvironment({
    ...served.awsEnvironment,
    KUBECONFIG: kubeconfig,
    XDG_STATE_HOME: join(folder, "state"),
  });
  const dextre = (...words: readonly string[]): ChildProcess =>
    spawn(process.execPath, [program, ...words], {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    world,
    folder,
    environment,
    dextre,
    async plan(spec) {
      writeFileSync(join(folder, "upgrade.yaml"), spec);
      const child = dextre("plan", "-f", "upgrade.yaml", "--out", "plan.json");
      let said = "";
      child.stderr?.on("data", (text: Buffer) => {
        said += text.toString();
      });
      const code = await new Promise((resolve) => child.once("close", resolve));
      if (code !== 0) throw new Error(`dextre plan ended with ${code}: ${said}`);
    },
    async close() {
      await served.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
