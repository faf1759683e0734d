import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubernetesAccess } from "./kubernetes-access.ts";
import type { RigPorts } from "./ports.ts";
import type { RigProcess } from "./processes.ts";
import { RigError } from "./rig-error.ts";

/** The users that the rig's API server knows. `dextre` alone has only the rights of deploy/rbac.yaml. */
export const rigUsers = [
  "admin",
  "kube-controller-manager",
  "kube-scheduler",
  "kwok",
  "bridge",
  "dextre",
] as const;
export type RigUser = (typeof rigUsers)[number];

/** What is kept of a rig in NAME/rig.json: enough to use it, and to end exactly what was started. */
export interface RigState {
  readonly name: string;
  readonly folder: string;
  readonly ports: RigPorts;
  readonly tokens: Readonly<Record<RigUser, string>>;
  readonly processes: readonly RigProcess[];
  /** The test process that the rig ends with; absent for rigs that people started. */
  readonly owner?: { readonly pid: number; readonly startedAt: string };
  readonly ready: boolean;
}

/** A name is part of paths. @throws RigError */
export function assertRigName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) return;
  throw new RigError(`"${name}" cannot name a rig: use lower-case letters, digits and dashes, at most 63.`);
}

/** The folder of a rig of this name, whether or not it exists. */
export function rigFolder(root: string, name: string): string {
  return join(root, "rigs", name);
}

/** Makes the empty folder of a new rig. */
export function makeRigFolder(root: string, name: string): string {
  const folder = rigFolder(root, name);
  mkdirSync(join(folder, "log"), { recursive: true, mode: 0o700 });
  return folder;
}

export function writeRigState(state: RigState): void {
  const file = join(state.folder, "rig.json");
  writeFileSync(`${file}.tmp`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/** The state of the rig of this name; undefined where there is none. */
export function readRigState(root: string, name: string): RigState | undefined {
  try {
    return JSON.parse(readFileSync(join(rigFolder(root, name), "rig.json"), "utf8")) as RigState;
  } catch (thrown) {
    // also where somebody takes the rig down at this moment
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT";
}

/** All rigs whose state is kept, by name. */
export function allRigStates(root: string): RigState[] {
  const folder = join(root, "rigs");
  if (!existsSync(folder)) return [];
  const states = readdirSync(folder)
    .sort()
    .map((name) => readRigState(root, name));
  return states.filter((state) => state !== undefined);
}

export function removeRigFolder(root: string, name: string): void {
  rmSync(rigFolder(root, name), { recursive: true, force: true, maxRetries: 5 });
}

/** Leaves of a rig that is down its logs and its state, which nobody owns any more. */
export function keepLogsAlone({ owner: _owner, ...state }: RigState): void {
  const others = readdirSync(state.folder).filter((name) => name !== "log" && name !== "rig.json");
  for (const name of others)
    rmSync(join(state.folder, name), { recursive: true, force: true, maxRetries: 5 });
  writeRigState({ ...state, processes: [], ready: false });
}

export function accessFor(state: RigState, user: RigUser): KubernetesAccess {
  return {
    server: `https://127.0.0.1:${state.ports.apiServer}`,
    certificatePath: certificatePath(state.folder),
    token: state.tokens[user],
  };
}

/** The certificate that the API server signs for itself at its first start. */
export function certificatePath(folder: string): string {
  return join(folder, "certificates", "apiserver.crt");
}

export function kubeconfigPath(folder: string, user: RigUser): string {
  return join(folder, `${user}.kubeconfig`);
}

export function auditLogPath(folder: string): string {
  return join(folder, "log", "audit.jsonl");
}

export function fleetLogPath(folder: string): string {
  return join(folder, "log", "fleet.jsonl");
}

/** What a program needs to meet the rig as the user dextre. */
export function rigEnvironment(state: RigState): Record<string, string> {
  return {
    KUBECONFIG: kubeconfigPath(state.folder, "dextre"),
    RIG_ADMIN_KUBECONFIG: kubeconfigPath(state.folder, "admin"),
    ...awsEnvironment(state.ports.fleet),
  };
}

/** What an AWS client needs to meet the rig's endpoint. */
export function awsEnvironment(port: number): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_ACCESS_KEY_ID: "x",
    AWS_SECRET_ACCESS_KEY: "x",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}
