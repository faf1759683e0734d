import type { Scenario, ScenarioWorkload } from "#world/scenario.ts";

/** A plan that is the same every time, for crashes at each of its points. */
export interface ReferencePlan {
  readonly name: string;
  readonly scenario: Scenario;
  readonly spec: string;
}

const web = (replicas: number, more: Partial<ScenarioWorkload> = {}): ScenarioWorkload => ({
  kind: "Deployment",
  name: "web",
  replicas,
  ready: "1s",
  stop: "1s",
  requests: { cpu: "100m" },
  ...more,
});
const db: ScenarioWorkload = {
  kind: "StatefulSet",
  name: "db",
  replicas: 3,
  ready: "1s",
  stop: "1s",
  requests: { cpu: "100m" },
  budgets: [{ minAvailable: 2 }],
};
const agent: ScenarioWorkload = {
  kind: "DaemonSet",
  namespace: "kube-system",
  name: "agent",
  tolerateEverything: true,
};
const critical = web(2, { name: "dns", namespace: "kube-system", priorityClass: "system-cluster-critical" });

function scenarioOf(size: number, workloads: readonly ScenarioWorkload[]): Scenario {
  return {
    name: "reference",
    cluster: "k8s.test",
    groups: [
      {
        name: "nodes-0",
        role: "node",
        size,
        min: 0,
        max: size + 1,
        zones: ["eu-west-1a"],
        launchTemplate: { running: 1, latest: 2 },
        capacity: { cpu: "16", memory: "64Gi", pods: "110" },
      },
    ],
    workloads,
    timings: {
      instanceBootMs: 5_000,
      nodeJoinMs: 2_000,
      nodeReadyMs: 2_000,
      instanceStopMs: 5_000,
      nodeMonitorGraceMs: 10_000,
    },
  };
}

function specOf(targets: readonly string[], rest = ""): string {
  const lines = targets.map((target) => `    - ${target}\n`).join("");
  return `apiVersion: dextre.dev/v1alpha1\nkind: Upgrade\nmetadata: {name: reference}\nspec:\n  targets:\n${lines}  order: {nodes: [name]}\n${rest}`;
}

/** Every point of these is tried. */
export const REFERENCE_PLANS: readonly ReferencePlan[] = [
  {
    name: "a roll of two nodes",
    scenario: scenarioOf(2, [web(3, { budgets: [{ maxUnavailable: 1 }] }), db, agent]),
    spec: specOf(["{kind: Nodes, role: node}"]),
  },
  {
    name: "pods first, then a node with system pods",
    scenario: scenarioOf(2, [web(2), critical, agent]),
    spec: specOf(["{kind: Pods, namespaces: [default], selector: app=web}", "{kind: Nodes, role: node}"]),
  },
  {
    name: "a roll of three nodes with bare pods and Jobs",
    scenario: scenarioOf(3, [
      web(4, { minReadySeconds: 2 }),
      { kind: "Job", name: "job", replicas: 1, run: "3600s", backoffLimit: 6, stop: "1s" },
      { kind: "Pod", name: "bare", stop: "1s" },
      agent,
    ]),
    spec: specOf(["{kind: Nodes, role: node}"], "  pods: {unmanaged: evict}\n"),
  },
];

/** Of this one, pairs of points are drawn. */
export const SMALL_PLAN: ReferencePlan = {
  name: "one pod of two, and no node",
  scenario: scenarioOf(2, [web(2)]),
  spec: specOf(["{kind: Pods, namespaces: [default], selector: app=web}"]),
};

/** The same with a node that ends. */
export const SMALL_ROLL: ReferencePlan = {
  name: "one node with two pods",
  scenario: scenarioOf(2, [web(2)]),
  spec: specOf(["{kind: Nodes, role: node}"]),
};
