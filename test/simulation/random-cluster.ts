import type { Random } from "#world/random.ts";
import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";

const ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/** A small cluster of its own for every seed; whatever it draws, a roll of its workers is possible. */
export function randomCluster(random: Random): Scenario {
  const zones = ZONES.slice(0, random.between(1, 3));
  const groups = Array.from({ length: random.between(1, 2) }, (_, index) => {
    const size = random.between(2, 3);
    return {
      name: `nodes-${index}`,
      role: "node",
      size,
      min: random.between(0, size),
      max: size + random.between(0, 2),
      zones,
      launchTemplate: { running: 1, latest: random.between(1, 2) },
      capacity: { cpu: "8", memory: "32Gi", pods: "58" },
    };
  });
  const workloads = Array.from({ length: random.between(2, 5) }, (_, index) => randomWorkload(index, random));
  return {
    name: "random",
    cluster: "k8s.test",
    groups,
    workloads: [...workloads, AGENT],
    timings: {
      instanceBootMs: random.between(1_000, 30_000),
      nodeJoinMs: random.between(500, 10_000),
      nodeReadyMs: random.between(500, 5_000),
      instanceStopMs: random.between(1_000, 30_000),
      nodeMonitorGraceMs: random.between(5_000, 40_000),
    },
  };
}

const AGENT: ScenarioWorkload = {
  kind: "DaemonSet",
  namespace: "kube-system",
  name: "agent",
  tolerateEverything: true,
};

function randomWorkload(index: number, random: Random): ScenarioWorkload {
  const replicas = random.between(1, 5);
  const roll = random.between(0, 9);
  const base = {
    name: `w${index}`,
    namespace: random.between(0, 4) === 0 ? "kube-system" : "default",
    replicas,
    requests: { cpu: "100m" },
    ready: `${random.between(0, 8)}s`,
    stop: `${random.between(0, 8)}s`,
    ...(random.between(0, 3) === 0 ? { minReadySeconds: random.between(1, 10) } : {}),
    ...(random.between(0, 5) === 0 ? { priorityClass: "system-cluster-critical" } : {}),
  };
  if (roll < 2)
    return { ...base, kind: "Job", run: "3600s", backoffLimit: 6, replicas: Math.min(replicas, 2) };
  const kind = roll < 5 ? "StatefulSet" : "Deployment";
  if (replicas < 2 || random.between(0, 1) === 0) return { ...base, kind };
  const budget = random.between(0, 1) === 0 ? { maxUnavailable: 1 } : { minAvailable: replicas - 1 };
  return { ...base, kind, budgets: [budget] };
}

/** A spec that rolls the workers of a random cluster, in an order of its own. */
export function randomSpec(random: Random): string {
  const nodes = ["name", "zone", "oldestFirst", "fewestPods", "zoneRoundRobin"][random.between(0, 4)];
  const first =
    random.between(0, 2) === 0
      ? "\n    - {kind: Pods, namespaces: [default, kube-system], selector: app=w0}"
      : "";
  return `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: random}
spec:
  targets:${first}
    - {kind: Nodes, role: node}
  order:
    nodes: [${nodes}${nodes === "name" ? "" : ", name"}]
  pods:
    stableFor: ${random.between(0, 3)}s
`;
}
