import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import type { OpenSubject } from "#test/contract/run-contract.ts";
import { stateRoot } from "#test/rig/paths.ts";
import { type RigState, readRigState, rigEnvironment } from "#test/rig/rig-state.ts";
import { rigSubject } from "./rig-subject.ts";
import { startTestRig } from "./test-rig.ts";

/** The path of test/contract/cluster.yaml, for rigs. */
export const contractScenarioPath = fileURLToPath(new URL("../../contract/cluster.yaml", import.meta.url));

/** A rig that is used, and what ends it. */
export interface UsedRig {
  readonly state: RigState;
  stop(): Promise<void>;
}

/**
 * A rig of its own with this scenario; or the one that CONTRACT_RIG names, which is up already and stays:
 * for people who run this again and again.
 */
export async function useRig(label: string, scenario: string): Promise<UsedRig> {
  const name = process.env.CONTRACT_RIG;
  if (name === undefined) return await startTestRig(label, { scenario });
  const state = readRigState(stateRoot(), name);
  if (state === undefined) throw new Error(`CONTRACT_RIG: there is no rig "${name}"`);
  return { state, stop: async () => undefined };
}

/** A rig as a subject; the environment points at its AWS endpoint until it is closed. */
export async function openRigSubject(): Promise<OpenSubject> {
  const rig = await useRig("contract", contractScenarioPath);
  for (const [name, value] of Object.entries(rigEnvironment(rig.state))) vi.stubEnv(name, value);
  return {
    subject: rigSubject(rig.state),
    run: (show) => show(),
    async close() {
      vi.unstubAllEnvs();
      await rig.stop();
    },
  };
}
