import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { Scenario } from "#world/scenario.ts";
import { awaitNodes, awaitScenario } from "./await-scenario.ts";
import { type BridgeFile, bridgeFilePath } from "./bridge/settings.ts";
import { binaries } from "./build-binaries.ts";
import { bridgeProgram } from "./build-bridge.ts";
import { pythonWithMoto, systemPython } from "./build-python.ts";
import type { Say } from "./cached-build.ts";
import { type RigComponents, type RigPrograms, rigComponents } from "./components.ts";
import { embedCertificate, newTokens, writeControlPlaneFiles } from "./control-plane-files.ts";
import { callKubernetes } from "./kubernetes-access.ts";
import { loadScenario } from "./load-scenario.ts";
import { paceOf, type RigPace } from "./pace.ts";
import { cacheRoot, stateRoot } from "./paths.ts";
import { claimPorts } from "./ports.ts";
import { assertAllRun, isRunning, type ProcessCommand, startProcess, startTimeOf } from "./processes.ts";
import { messageOf, RigError } from "./rig-error.ts";
import {
  accessFor,
  assertRigName,
  makeRigFolder,
  type RigState,
  readRigState,
  writeRigState,
} from "./rig-state.ts";
import { seedFleet } from "./seed-fleet.ts";
import { applyAccess, createWorkloads } from "./seed-workloads.ts";
import { spoilReplacements } from "./spoil-replacements.ts";
import { stopRig } from "./stop-rig.ts";
import { waitUntil } from "./wait-until.ts";

export interface RigOptions {
  readonly name: string;
  /** A name of scenarios/, or the path of a file; "small" where absent. */
  readonly scenario?: string;
  /** Overrides the scenario's own timings. */
  readonly pace?: Partial<RigPace>;
  /** Ends the rig with this process: the next start of any rig takes it down. */
  readonly ownerPid?: number;
  readonly say: Say;
}

/** Builds what is not in the cache yet. @throws RigError that says in one sentence what to install */
export async function rigPrograms(say: Say): Promise<RigPrograms> {
  // both tools are looked for before the first long build
  const interpreter = systemPython();
  const folder = await binaries(cacheRoot(), say);
  const python = await pythonWithMoto(interpreter, cacheRoot(), say);
  return { binaries: folder, python, bridge: await bridgeProgram(cacheRoot(), say) };
}

/**
 * Starts a whole control plane and fleet on free loopback ports and seeds the scenario.
 * Settled when every node and workload is Ready. Where it fails it ends what it has started.
 * @throws RigError
 */
export async function startRig(options: RigOptions): Promise<RigState> {
  assertRigName(options.name);
  const scenario = loadScenario(options.scenario ?? "small");
  const programs = await rigPrograms(options.say);
  let state = await newState(options);
  const start = (...commands: readonly ProcessCommand[]): void => {
    for (const command of commands) {
      state = { ...state, processes: [...state.processes, startProcess(state.folder, command)] };
      writeRigState(state);
    }
  };
  try {
    const pace = { ...paceOf(scenario), ...options.pace };
    writeBridgeFile(state, scenario, pace);
    await startAll(() => state, start, rigComponents(state, programs, pace), programs, scenario);
    state = { ...state, ready: true };
    writeRigState(state);
    return state;
  } catch (thrown) {
    await stopRig(state, { keepLogs: true });
    throw thrown;
  }
}

async function newState(options: RigOptions): Promise<RigState> {
  const root = stateRoot();
  const earlier = readRigState(root, options.name);
  if (earlier?.processes.some(isRunning)) {
    throw new RigError(
      `The rig "${options.name}" is up already: use it, or end it with "npm run rig -- down --name ${options.name}".`,
    );
  }
  if (earlier) await stopRig(earlier);
  const owner = options.ownerPid;
  const state: RigState = {
    name: options.name,
    folder: makeRigFolder(root, options.name),
    ports: await claimPorts(root, options.name),
    tokens: newTokens(),
    processes: [],
    ...(owner === undefined ? {} : { owner: { pid: owner, startedAt: startTimeOf(owner) ?? "" } }),
    ready: false,
  };
  writeRigState(state);
  writeControlPlaneFiles(state);
  return state;
}

async function startAll(
  state: () => RigState,
  start: (...commands: readonly ProcessCommand[]) => void,
  components: RigComponents,
  programs: RigPrograms,
  scenario: Scenario,
): Promise<void> {
  start(components.etcd, components.apiServer, components.fleet);
  const seeded = awaitFleet(state()).then(() => seedFleet(state().ports.fleet, scenario));
  const served = awaitApiServer(state()).then(() => {
    embedCertificate(state());
    start(components.controllerManager, components.scheduler, components.kwok);
    return applyAccess(state(), programs);
  });
  await Promise.all([seeded, served]);
  start(components.bridge);
  await awaitNodes(state(), scenario);
  await createWorkloads(state(), scenario);
  await awaitScenario(state(), scenario);
  await spoilReplacements(state(), scenario);
}

function writeBridgeFile(state: RigState, { groups }: Scenario, pace: RigPace): void {
  const file: BridgeFile = {
    groups,
    joinSeconds: pace.kubeletJoinSeconds,
    readyMilliseconds: pace.nodeReadySeconds * 1000,
  };
  writeFileSync(bridgeFilePath(state.folder), `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}

async function awaitApiServer(state: RigState): Promise<void> {
  let last = "";
  await waitUntil(
    { what: "the API server", timeoutSeconds: 240 },
    async () => {
      assertAllRun(state.processes);
      try {
        const answer = await callKubernetes(accessFor(state, "admin"), { path: "/readyz" });
        last = `HTTP ${answer.status}`;
        return answer.status === 200 ? true : undefined;
      } catch (thrown) {
        // not listening yet, or its certificate is not written yet
        last = messageOf(thrown);
        return undefined;
      }
    },
    () => ` (last: ${last}; logs: ${state.folder}/log)`,
  );
}

async function awaitFleet(state: RigState): Promise<void> {
  await waitUntil({ what: "the AWS endpoint", timeoutSeconds: 240 }, async () => {
    assertAllRun(state.processes);
    return (await accepts(state.ports.fleet)) ? true : undefined;
  });
}

/** Whether somebody listens on this loopback port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
