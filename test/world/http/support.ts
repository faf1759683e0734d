import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openKubernetesWire } from "#gateway/transport/open-kubernetes.ts";
import type { KubernetesRequest, KubernetesWire } from "#gateway/wire.ts";
import { buildWorld } from "#world/build-world.ts";
import { type ServedWorld, serveWorld } from "#world/http/serve-world.ts";
import type { Scenario } from "#world/scenario.ts";
import { loadScenario } from "../support.ts";

/** A small world on the loopback that people and programs use as they would any cluster. */
export interface OnLoopback {
  readonly served: ServedWorld;
  /** The real transport, as the first user. */
  readonly wire: KubernetesWire;
  close(): Promise<void>;
}

export async function onLoopback(change: Partial<Scenario> = {}): Promise<OnLoopback> {
  const world = buildWorld({ ...loadScenario("small"), ...change }, { seed: 1, now: Date.now() });
  const served = await serveWorld({ world });
  return { served, wire: wireWith(served.kubeconfig), close: () => served.close() };
}

/** The real transport on a kubeconfig's text. */
export function wireWith(kubeconfig: string): KubernetesWire {
  const folder = mkdtempSync(join(tmpdir(), "dextre-served-"));
  const file = join(folder, "kubeconfig");
  try {
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    return openKubernetesWire({ kubeconfig: file, environment: {} }).wire;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const get = (path: string, query: Readonly<Record<string, string>> = {}): KubernetesRequest => ({
  method: "GET",
  path,
  query,
});
