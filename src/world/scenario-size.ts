import type { Scenario, ScenarioWorkload } from "./scenario.ts";

/** How many nodes and pods a scenario's world will have at its start; pods of DaemonSets as if they run everywhere. */
export function sizeOf({ groups, workloads }: Scenario): { readonly nodes: number; readonly pods: number } {
  const nodes = sum(groups.map(({ size }) => size));
  const mirrors = sum(groups.map(({ size, mirrorPods = [] }) => size * mirrorPods.length));
  const pods = sum(workloads.map((workload) => (workload.copies ?? 1) * podsOf(workload, nodes)));
  return { nodes, pods: pods + mirrors };
}

function podsOf({ kind, replicas = 1 }: ScenarioWorkload, nodes: number): number {
  if (kind === "Pod") return 1;
  return kind === "DaemonSet" ? nodes : replicas;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
