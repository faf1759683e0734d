import type { Random } from "#world/random.ts";
import type { Scenario, ScenarioGroup, ScenarioWorkload } from "#world/scenario.ts";
import { CANARY } from "./judge/output-rule.ts";

const ZONES = ["eu-west-1a", "eu-west-1b", "eu-west-1c"];

/** What a drawn cluster asks of a spec that rolls it. */
export interface Needs {
  readonly unmanaged: boolean;
  readonly localStorage: boolean;
}

export interface DrawnCluster {
  readonly scenario: Scenario;
  readonly needs: Needs;
}

const oneIn = (random: Random, count: number): boolean => random.between(1, count) === 1;

/** A cluster of its own for every seed; most are small, some have twenty nodes and two hundred pods. */
export function drawCluster(random: Random, mayBeLarge = true): DrawnCluster {
  const isLarge = oneIn(random, 40) && mayBeLarge;
  const zones = ZONES.slice(0, random.between(1, 3));
  const groups = Array.from({ length: oneIn(random, 3) ? 2 : 1 }, (_, index) =>
    drawGroup(index, zones, isLarge ? random.between(5, 10) : random.between(2, 3), random),
  );
  const count = isLarge ? random.between(8, 24) : random.between(2, 5);
  const workloads = Array.from({ length: count }, (_, index) => drawWorkload(index, isLarge, random));
  const scenario: Scenario = {
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
  return {
    scenario,
    needs: {
      unmanaged: workloads.some((one) => one.kind === "Pod"),
      localStorage: workloads.some((one) => one.emptyDir === true),
    },
  };
}

function drawGroup(index: number, zones: readonly string[], size: number, random: Random): ScenarioGroup {
  return {
    name: `nodes-${index}`,
    role: "node",
    size,
    min: random.between(0, size),
    max: size + random.between(0, 2),
    zones,
    launchTemplate: { running: 1, latest: random.between(1, 2) },
    ...(oneIn(random, 5) ? { mirrorPods: ["kube-proxy"] } : {}),
    ...(oneIn(random, 30) ? { reusesNames: true } : {}),
    capacity: { cpu: "16", memory: "64Gi", pods: "110" },
  };
}

const AGENT: ScenarioWorkload = {
  kind: "DaemonSet",
  namespace: "kube-system",
  name: "agent",
  tolerateEverything: true,
};

function drawWorkload(index: number, isLarge: boolean, random: Random): ScenarioWorkload {
  const replicas = random.between(1, isLarge ? 12 : 5);
  const roll = random.between(0, 9);
  const base = {
    name: `w${index}`,
    namespace: oneIn(random, 5) ? "kube-system" : "default",
    replicas,
    annotations: { note: CANARY },
    requests: { cpu: "100m" },
    ready: `${random.between(0, 8)}s`,
    stop: `${random.between(0, 8)}s`,
    ...(oneIn(random, 4) ? { minReadySeconds: random.between(1, 10) } : {}),
    ...(oneIn(random, 6) ? { priorityClass: "system-cluster-critical" } : {}),
    ...(oneIn(random, 12) ? { emptyDir: true } : {}),
    ...(oneIn(random, 8) ? { gracePeriodSeconds: random.between(0, 60) } : {}),
  };
  if (roll < 2)
    return { ...base, kind: "Job", run: "3600s", backoffLimit: 6, replicas: Math.min(replicas, 2) };
  if (roll === 2 && oneIn(random, 3)) return { ...base, kind: "Pod", replicas: 1 };
  const kind = roll < 5 ? "StatefulSet" : "Deployment";
  const more = kind === "StatefulSet" && oneIn(random, 5) ? { parallel: true } : {};
  if (replicas < 2 || oneIn(random, 2)) return { ...base, ...more, kind };
  return { ...base, ...more, kind, budgets: [drawBudget(replicas, random)] };
}

function drawBudget(replicas: number, random: Random) {
  const policy = oneIn(random, 4) ? { unhealthyPodEvictionPolicy: "AlwaysAllow" } : {};
  switch (random.between(0, 3)) {
    case 0:
      return { maxUnavailable: 1, ...policy };
    case 1:
      return { minAvailable: replicas - 1, ...policy };
    case 2:
      return { maxUnavailable: "50%", ...policy };
    default:
      return { minAvailable: 1, ...policy };
  }
}
