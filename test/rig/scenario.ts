import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { childEnvironment } from "./child-environment.ts";
import type { RigPrograms } from "./components.ts";
import { callKubernetes } from "./kubernetes-access.ts";
import { rigAsset, workTree } from "./paths.ts";
import { assertAllRun, lastLines } from "./processes.ts";
import { RigError } from "./rig-error.ts";
import { accessFor, awsEnvironment, kubeconfigPath, type RigState } from "./rig-state.ts";
import { waitUntil } from "./wait-until.ts";

/** The folder of a scenario. @throws RigError where there is none of this name */
function scenarioFolder(scenario: string): string {
  const folder = rigAsset("scenarios", scenario);
  if (/^[a-z0-9-]+$/.test(scenario) && existsSync(folder)) return folder;
  throw new RigError(`There is no scenario "${scenario}" in test/rig/scenarios.`);
}

/** Makes the groups and instances of the scenario. */
export function seedFleet(state: RigState, programs: RigPrograms, scenario: string): Promise<void> {
  return run(state, {
    name: "seed",
    file: programs.python,
    args: [join(scenarioFolder(scenario), "seed.py")],
    environment: {
      ...awsEnvironment(state.ports.fleet),
      AWS_ACCESS_KEY_ID: "seed",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
}

/** Gives the user dextre its rights and makes the scenario's workloads. */
export function applyManifests(state: RigState, programs: RigPrograms, scenario: string): Promise<void> {
  const files = [join(workTree(), "deploy", "rbac.yaml"), join(scenarioFolder(scenario), "workloads.yaml")];
  return run(state, {
    name: "apply",
    file: join(programs.binaries, "kubectl"),
    args: [
      `--kubeconfig=${kubeconfigPath(state.folder, "admin")}`,
      "apply",
      ...files.flatMap((file) => ["-f", file]),
    ],
    environment: {},
  });
}

async function run(
  state: RigState,
  command: {
    readonly name: string;
    readonly file: string;
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const log = join(state.folder, "log", `${command.name}.log`);
  const output = openSync(log, "a", 0o600);
  const child = spawn(command.file, [...command.args], {
    env: childEnvironment(command.environment),
    stdio: ["ignore", output, output],
    timeout: 120_000,
  });
  closeSync(output);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new RigError(`${command.name} failed:\n${lastLines(log)}\n(${log})`);
}

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
  };
}

const workloadPaths = ["deployments", "statefulsets", "daemonsets"].map(
  (plural) => `/apis/apps/v1/${plural}`,
);

/** Settled when there is a Ready node and every workload has all its pods Ready. */
export async function awaitScenario(state: RigState, scenario: string): Promise<void> {
  let lacking: readonly string[] = [];
  await waitUntil(
    { what: `the scenario ${scenario}`, timeoutSeconds: 180, everyMilliseconds: 250 },
    async () => {
      assertAllRun(state.processes);
      lacking = await unreadyWorkloads(state);
      return lacking.length === 0 ? true : undefined;
    },
    () => `: not Ready are ${lacking.join(", ")} (logs: ${join(state.folder, "log")})`,
  );
}

async function unreadyWorkloads(state: RigState): Promise<string[]> {
  const lists = await Promise.all(
    workloadPaths.map((path) => callKubernetes(accessFor(state, "admin"), { path })),
  );
  const workloads = lists.flatMap((list) => (list.body as { readonly items: readonly Workload[] }).items);
  if (workloads.length === 0) return ["any workload"];
  return workloads
    .filter((workload) => !isReady(workload))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
}

function isReady({ spec, status, metadata }: Workload): boolean {
  if (status.observedGeneration !== metadata.generation) return false;
  const wanted = spec.replicas ?? status.desiredNumberScheduled ?? 0;
  return wanted > 0 && (status.readyReplicas ?? status.numberReady ?? 0) === wanted;
}
