import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Scenario } from "#world/scenario.ts";
import type { KubernetesAccess } from "../kubernetes-access.ts";
import { accessFor, type RigState } from "../rig-state.ts";

/** What the bridge is told by the rig's folder. */
export interface BridgeSettings {
  readonly access: KubernetesAccess;
  readonly groups: Scenario["groups"];
  /** Running instance → its Node exists. */
  readonly joinSeconds: number;
  /** Node exists → Ready. */
  readonly readyMilliseconds: number;
}

/** The part of the settings that is kept in bridge.json; the rest is in rig.json. */
export type BridgeFile = Omit<BridgeSettings, "access">;

export function bridgeFilePath(folder: string): string {
  return join(folder, "bridge.json");
}

export function readSettings(folder: string): BridgeSettings {
  const read = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
  const state = read(join(folder, "rig.json")) as RigState;
  const file = read(bridgeFilePath(folder)) as BridgeFile;
  return { ...file, access: accessFor(state, "bridge") };
}
