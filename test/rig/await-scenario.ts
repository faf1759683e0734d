import { join } from "node:path";
import type { Scenario } from "#world/scenario.ts";
import { callKubernetes } from "./kubernetes-access.ts";
import { assertAllRun } from "./processes.ts";
import { accessFor, type RigState } from "./rig-state.ts";
import { waitUntil } from "./wait-until.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

interface Raw {
  readonly metadata: {
    readonly namespace?: string;
    readonly name: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly taints?: readonly { readonly key: string }[];
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
  };
  readonly status: {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly desiredNumberScheduled?: number;
    readonly numberReady?: number;
    readonly currentHealthy?: number;
  };
}

/**
 * Settled when every Node is Ready and the scheduler may use it: pods that are made earlier crowd on the Nodes that
 * happen to come first.
 */
export async function awaitNodes(state: RigState, { groups }: Scenario): Promise<void> {
  const wanted = groups.reduce((sum, { size }) => sum + size, 0);
  let usable = 0;
  await waitUntil(
    { what: "the nodes", timeoutSeconds: 240, everyMilliseconds: 100 },
    async () => {
      assertAllRun(state.processes);
      usable = (await list(state, "/api/v1/nodes")).filter(isUsable).length;
      return usable >= wanted ? true : undefined;
    },
    () => `: ${usable} of ${wanted} are Ready (logs: ${join(state.folder, "log")})`,
  );
}

/** The taint is taken away a moment after the condition changes. */
function isUsable(node: Raw): boolean {
  return (
    isConditionTrue(node) && !node.spec.taints?.some(({ key }) => key === "node.kubernetes.io/not-ready")
  );
}

/** Settled when every pod, workload and budget of the scenario is what it should be. */
export async function awaitScenario(state: RigState, scenario: Scenario): Promise<void> {
  let lacking: readonly string[] = [];
  await waitUntil(
    { what: `the scenario ${scenario.name}`, timeoutSeconds: 240, everyMilliseconds: 250 },
    async () => {
      assertAllRun(state.processes);
      lacking = await unready(state, scenario);
      return lacking.length === 0 ? true : undefined;
    },
    () => `: not Ready are ${lacking.slice(0, 20).join(", ")} (logs: ${join(state.folder, "log")})`,
  );
}

async function unready(state: RigState, scenario: Scenario): Promise<readonly string[]> {
  const workloads = await Promise.all(
    ["deployments", "statefulsets", "daemonsets"].map((plural) => list(state, `/apis/apps/v1/${plural}`)),
  );
  const pods = await list(state, "/api/v1/pods");
  const budgets = await list(state, "/apis/policy/v1/poddisruptionbudgets");
  const mirrors = scenario.groups.reduce(
    (sum, { size, mirrorPods = [] }) => sum + size * mirrorPods.length,
    0,
  );
  const standing = pods.filter(({ status }) => status.phase !== "Succeeded");
  const inSystem = standing.filter(({ metadata }) => metadata.namespace === "kube-system").length;
  return [
    ...workloads
      .flat()
      .filter((workload) => !isComplete(workload))
      .map(nameOf),
    ...standing.filter((pod) => !isConditionTrue(pod)).map(nameOf),
    ...budgets.filter((budget) => isBehind(budget, standing)).map((budget) => `budget ${nameOf(budget)}`),
    ...(inSystem < mirrors ? ["mirror pods"] : []),
  ];
}

async function list(state: RigState, path: string): Promise<readonly Raw[]> {
  const { body } = await callKubernetes(accessFor(state, "admin"), { path });
  return (body as { readonly items: readonly Raw[] }).items;
}

function nameOf({ metadata }: Raw): string {
  return `${metadata.namespace}/${metadata.name}`;
}

function isConditionTrue({ status }: Raw): boolean {
  return status.conditions?.find(({ type }) => type === "Ready")?.status === "True";
}

/** Its controller counts healthy pods some time after they are; what it cannot compute stays so. */
function isBehind({ metadata, spec, status }: Raw, pods: readonly Raw[]): boolean {
  if (status.conditions?.some(({ reason }) => reason === "SyncFailed")) return false;
  const labels = Object.entries(spec.selector?.matchLabels ?? {});
  const covered = pods.filter(
    (pod) =>
      pod.metadata.namespace === metadata.namespace &&
      labels.every(([key, value]) => pod.metadata.labels?.[key] === value),
  );
  const healthy = covered.filter((pod) => isConditionTrue(pod)).length;
  return status.observedGeneration !== metadata.generation || status.currentHealthy !== healthy;
}

function isComplete({ spec, status, metadata }: Raw): boolean {
  if (status.observedGeneration !== metadata.generation) return false;
  const wanted = spec.replicas ?? status.desiredNumberScheduled ?? 0;
  return wanted > 0 && (status.readyReplicas ?? status.numberReady ?? 0) === wanted;
}
