import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { vi } from "vitest";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { buildWorld } from "#world/build-world.ts";
import { serveWorld } from "#world/http/serve-world.ts";
import { adminOf, contractScenario } from "./embedded-subject.ts";
import type { OpenSubject } from "./run-contract.ts";

const speed = 20;

/** The embedded cluster over HTTP, through dextre's own transport, much faster than life. */
export async function openOverHttp(): Promise<OpenSubject> {
  const world = buildWorld(contractScenario(), { seed: 7, now: Date.now() });
  const served = await serveWorld({ world, speed });
  const folder = mkdtempSync(join(tmpdir(), "dextre-contract-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, served.kubeconfig);
  for (const [name, value] of Object.entries(served.awsEnvironment)) vi.stubEnv(name, value);
  return {
    subject: {
      name: "embedded over HTTP",
      kubernetes: openKubernetesWire({ kubeconfig }).wire,
      aws: openAwsWire({ region: world.fleet.region }),
      clock: {
        monotonic: () => served.driver.now(),
        sleep: async (milliseconds) => void (await sleep(milliseconds / speed)),
      },
      admin: adminOf(world),
      patience: speed,
      isPunctual: false,
      prefix: "case",
    },
    run: (show) => show(),
    async close() {
      vi.unstubAllEnvs();
      await served.close();
      rmSync(folder, { recursive: true });
    },
  };
}
