import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";
import { type Manifest, manifestsOf } from "#world/workload-objects.ts";
import { childEnvironment } from "./child-environment.ts";
import type { RigPrograms } from "./components.ts";
import { callKubernetes } from "./kubernetes-access.ts";
import { workTree } from "./paths.ts";
import { lastLines } from "./processes.ts";
import { RigError } from "./rig-error.ts";
import { accessFor, kubeconfigPath, type RigState } from "./rig-state.ts";
import { waitUntil } from "./wait-until.ts";

/** Gives the user dextre its rights: deploy/rbac.yaml as its users apply it. */
export async function applyAccess(state: RigState, programs: RigPrograms): Promise<void> {
  const log = join(state.folder, "log", "apply.log");
  const output = openSync(log, "a", 0o600);
  const kubeconfig = `--kubeconfig=${kubeconfigPath(state.folder, "admin")}`;
  const file = join(workTree(), "deploy", "rbac.yaml");
  const child = spawn(join(programs.binaries, "kubectl"), [kubeconfig, "apply", "-f", file], {
    env: childEnvironment(),
    stdio: ["ignore", output, output],
    timeout: 120_000,
  });
  closeSync(output);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== 0) throw new RigError(`deploy/rbac.yaml was refused:\n${lastLines(log)}\n(${log})`);
}

/** Makes the namespaces, priority classes and workloads of the scenario, those of kube-system first, as in a real cluster. */
export async function createWorkloads(state: RigState, scenario: Scenario): Promise<void> {
  const isSystem = ({ namespace }: ScenarioWorkload): boolean => namespace === "kube-system";
  const system = scenario.workloads.filter(isSystem);
  const others = scenario.workloads.filter((workload) => !isSystem(workload));
  const used = scenario.workloads.map(({ namespace }) => namespace ?? "default");
  for (const name of new Set([...(scenario.namespaces ?? []), ...used])) {
    await post(state, { path: "/api/v1/namespaces", body: { metadata: { name } } });
  }
  for (const [name, value] of Object.entries(scenario.priorityClasses ?? {})) {
    const body = { metadata: { name }, value };
    await post(state, { path: "/apis/scheduling.k8s.io/v1/priorityclasses", body });
  }
  for (const manifest of [...system, ...others].flatMap(manifestsOf)) await post(state, manifest);
}

/** Tries again while the namespace has no service account yet: bare pods need one. */
async function post(state: RigState, { path, body }: Manifest): Promise<void> {
  let last = "";
  await waitUntil(
    { what: `POST ${path}`, timeoutSeconds: 30, everyMilliseconds: 250 },
    async () => {
      const answer = await callKubernetes(accessFor(state, "admin"), { method: "POST", path, body });
      last = `${answer.status} ${JSON.stringify(answer.body)}`;
      if (answer.status === 201 || answer.status === 409) return true;
      if (answer.status === 403 && last.includes("serviceaccount")) return undefined;
      throw new RigError(`POST ${path} of the scenario was refused: ${last}`);
    },
    () => `: ${last}`,
  );
}
