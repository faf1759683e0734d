import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { openAwsWire } from "#gateway/transport/open-aws.ts";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import { buildWorld } from "#world/build-world.ts";
import { serveWorld } from "#world/http/serve-world.ts";
import { adminOf, contractScenario } from "./embedded-subject.ts";
import { HurriedTime } from "./hurried-time.ts";
import type { OpenSubject } from "./run-contract.ts";
import { wireWithToken } from "./token-kubeconfig.ts";

/** The embedded cluster over HTTP, through dextre's own transport; where all wait time leaps. */
export async function openOverHttp(): Promise<OpenSubject> {
  const world = buildWorld(contractScenario(), { seed: 7, now: Date.now() });
  const time = new HurriedTime();
  const served = await serveWorld({ world, timers: time.hostTimers });
  const folder = mkdtempSync(join(tmpdir(), "dextre-contract-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, served.kubeconfig);
  for (const [name, value] of Object.entries(served.awsEnvironment)) vi.stubEnv(name, value);
  return {
    subject: {
      name: "embedded over HTTP",
      kubernetes: time.watchKubernetes(openKubernetesWire({ kubeconfig }).wire),
      withToken: (token) =>
        time.watchKubernetes(wireWithToken(served.kubeconfig, token, join(folder, "token-kubeconfig"))),
      aws: time.watchAws(openAwsWire({ region: world.fleet.region })),
      clock: time.clock,
      admin: adminOf(world),
      patience: 1,
      isPunctual: true,
      prefix: "case",
    },
    run: (show) => show(),
    async close() {
      vi.unstubAllEnvs();
      await served.close();
      time.close();
      rmSync(folder, { recursive: true });
    },
  };
}
