import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { KubernetesAccess } from "#test/rig/kubernetes-access.ts";
import type { RigPace } from "#test/rig/pace.ts";
import { accessFor, type RigState, rigEnvironment } from "#test/rig/rig-state.ts";
import { startRig } from "#test/rig/start-rig.ts";
import { stopAbandonedRigs, stopRig } from "#test/rig/stop-rig.ts";

/** A rig of one test file. It ends with the test process at the latest. */
export interface TestRig {
  readonly state: RigState;
  /** Points a child at the rig as the user dextre: KUBECONFIG, AWS_… */
  readonly environment: Readonly<Record<string, string>>;
  readonly admin: KubernetesAccess;
  readonly dextre: KubernetesAccess;
  stop(): Promise<void>;
}

export interface TestRigOptions {
  /** "small" where absent. */
  readonly scenario?: string;
  readonly pace?: Partial<RigPace>;
}

/** The rigs that this test file has started, and whether their logs outlive them. */
const folders: string[] = [];
let areLogsKept = false;

/** From now on the logs of this test file's rigs stay when they go down. The folders of the logs. */
export function keepLogs(): readonly string[] {
  areLogsKept = true;
  return folders.map((folder) => join(folder, "log"));
}

/** Starts a fresh rig (about 20 s) under a name that nobody else has. */
export async function startTestRig(label: string, options: TestRigOptions = {}): Promise<TestRig> {
  await stopAbandonedRigs();
  const state = await startRig({
    name: `${label}-${process.pid}-${randomBytes(3).toString("hex")}`,
    ...options,
    ownerPid: process.pid,
    say: () => undefined,
  });
  folders.push(state.folder);
  return {
    state,
    environment: rigEnvironment(state),
    admin: accessFor(state, "admin"),
    dextre: accessFor(state, "dextre"),
    stop: () => stopRig(state, { keepLogs: areLogsKept }),
  };
}
