import fc from "fast-check";
import { expect, test } from "vitest";
import { ForeignShapeError } from "#gateway/kubernetes/foreign.ts";
import { projectBudget } from "#gateway/kubernetes/project-budget.ts";
import { projectNode } from "#gateway/kubernetes/project-node.ts";
import { projectPod } from "#gateway/kubernetes/project-pod.ts";
import { projectWorkload } from "#gateway/kubernetes/project-workload.ts";
import { quantity } from "#gateway/kubernetes/quantity.ts";

const metadata = { namespace: "default", name: "web-1", uid: "u-1", resourceVersion: "7" };
const pod = (spec: object, status: object = {}, more: object = {}): unknown => ({
  metadata: { ...metadata, ...more },
  spec,
  status,
});

test.each([
  ["100m", 1000, 100],
  ["1", 1000, 1000],
  [2, 1000, 2000],
  ["0.1", 1000, 100],
  ["1.5Gi", 1, 1_610_612_736],
  ["128974848", 1, 128_974_848],
  ["129e6", 1, 129_000_000],
  ["1E", 1, 1e18],
  ["400m", 1, 1],
  ["", 1, 0],
  ["lots", 1, 0],
  [null, 1, 0],
])("the quantity %s times %i is %i", (value, scale, expected) => {
  expect(quantity(value, scale)).toBe(expected);
});

test("a pod asks for the sum of its containers, or for its hungriest start, plus overhead", () => {
  const container = (cpu: string, more: object = {}): object => ({
    ...more,
    resources: { requests: { cpu } },
  });
  const sum = { containers: [container("100m"), container("200m")], overhead: { cpu: "10m" } };
  expect(projectPod(pod(sum)).requests).toEqual({ cpuMillis: 310, memoryBytes: 0, pods: 1 });
  const start = { ...sum, initContainers: [container("50m", { restartPolicy: "Always" }), container("2")] };
  expect(projectPod(pod(start)).requests.cpuMillis).toBe(2060);
  const whole = { ...sum, resources: { requests: { cpu: "1" } } };
  expect(projectPod(pod(whole)).requests.cpuMillis).toBe(1010);
});

test("who made a node unschedulable is told by the server's books alone, where it keeps any", () => {
  const setBy = (managedFields?: unknown) =>
    projectNode({ metadata: { ...metadata, managedFields }, spec: { unschedulable: true } })
      .unschedulableSetBy;
  const by = (manager: string, fieldsV1: unknown = { "f:spec": { "f:unschedulable": {} } }) => ({
    manager,
    operation: "Update",
    fieldsV1,
  });
  expect(setBy([by("kubelet", { "f:status": {} }), by("kubectl-cordon")])).toBe("others");
  expect(setBy([by("dextre")])).toBe("dextre");
  expect(setBy([by("kubectl"), by("dextre")])).toBe("dextre");
  for (const none of [undefined, [], [by("kubelet", { "f:status": {} })], "x", [null]]) {
    expect(setBy(none)).toBeNull();
  }
});

test("data on the node: emptyDir on disk outweighs one in memory, claims are named", () => {
  const memory = { name: "m", emptyDir: { medium: "Memory" } };
  const disk = { name: "d", emptyDir: {} };
  const claim = { name: "c", persistentVolumeClaim: { claimName: "data" } };
  expect(projectPod(pod({ volumes: [memory] })).localStorage).toBe("memory");
  expect(projectPod(pod({ volumes: [memory, disk] })).localStorage).toBe("disk");
  const claimed = projectPod(pod({ volumes: [claim] }));
  expect([claimed.localStorage, claimed.claims]).toEqual(["none", ["data"]]);
});

test("the controller of a foreign group is not taken for the built-in kind", () => {
  const owner = (apiVersion: string, kind: string): object => ({
    ownerReferences: [{ apiVersion, kind, name: "o", uid: "o-1", controller: true }],
  });
  expect(projectPod(pod({}, {}, owner("apps/v1", "StatefulSet"))).controller?.kind).toBe("StatefulSet");
  const foreign = projectPod(pod({}, {}, owner("apps.kruise.io/v1", "StatefulSet"))).controller;
  expect(foreign?.kind).toBe("StatefulSet.apps.kruise.io");
  const mirror = projectPod(pod({}, {}, owner("v1", "Node"))).controller;
  expect(mirror).toEqual({ kind: "Node", name: "o", uid: "o-1" });
});

test("an owner that is no controller is none", () => {
  const more = { ownerReferences: [{ apiVersion: "v1", kind: "X", name: "o", uid: "o" }] };
  expect(projectPod(pod({}, {}, more)).controller).toBeNull();
});

test("the scheduler's word comes first, then the first container that cannot go on", () => {
  const unschedulable = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message: "0/3 nodes",
  };
  const waiting = (reason: string): object => ({ state: { waiting: { reason, message: "why" } } });
  expect(projectPod(pod({}, { conditions: [unschedulable] })).trouble).toEqual({
    reason: "Unschedulable",
    message: "0/3 nodes",
  });
  const statuses = [waiting("ContainerCreating"), waiting("CrashLoopBackOff")];
  expect(projectPod(pod({}, { containerStatuses: statuses })).trouble?.reason).toBe("CrashLoopBackOff");
  expect(projectPod(pod({}, { containerStatuses: [waiting("PodInitializing")] })).trouble).toBeNull();
});

test("readiness gates are open until their condition is True", () => {
  const spec = { readinessGates: [{ conditionType: "lb/ready" }, { conditionType: "other" }] };
  const status = { conditions: [{ type: "other", status: "True" }] };
  expect(projectPod(pod(spec, status)).openReadinessGates).toEqual(["lb/ready"]);
});

test("required placement is kept and preferences are not", () => {
  const term = { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] };
  const byName = { matchFields: [{ key: "metadata.name", operator: "In", values: ["node-1"] }] };
  const affinity = {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term, byName, {}] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ preference: term }],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "db" } } },
        { topologyKey: "kubernetes.io/hostname", labelSelector: {}, namespaces: ["elsewhere"] },
      ],
    },
  };
  const spread = [
    { topologyKey: "zone", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule", matchLabelKeys: ["hash"] },
    { topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway" },
  ];
  const labels = { labels: { hash: "abc" } };
  const found = projectPod(pod({ affinity, topologySpreadConstraints: spread }, {}, labels));
  expect(found.nodeAffinity).toEqual([
    { labels: { requirements: [{ key: "zone", operator: "In", values: ["a"] }] }, nodeNames: null },
    { labels: { requirements: [] }, nodeNames: ["node-1"] },
    { labels: { requirements: [{ key: "", operator: "In", values: [] }] }, nodeNames: null },
  ]);
  expect(found.separations.map(({ kind, maxSkew }) => [kind, maxSkew])).toEqual([
    ["antiAffinity", 1],
    ["spread", 2],
  ]);
});

test("a Job's facts: its limits, its failures, its end, what it forgives", () => {
  const raw = {
    metadata,
    spec: {
      backoffLimit: 0,
      parallelism: 3,
      podFailurePolicy: { rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] }] },
    },
    status: { failed: 2, conditions: [{ type: "Failed", status: "True" }] },
  };
  expect(projectWorkload("Job", raw)).toMatchObject({
    replicas: 3,
    job: { backoffLimit: 0, failed: 2, finished: "Failed", suspended: false, ignoresDisruptions: true },
  });
});

test("a workload scaled to 0 has 0 replicas; one that does not say has 1", () => {
  expect(projectWorkload("Deployment", { metadata, spec: { replicas: 0 } }).replicas).toBe(0);
  expect(projectWorkload("Deployment", { metadata, spec: {} }).replicas).toBe(1);
  expect(projectWorkload("DaemonSet", { metadata, spec: {} }).replicas).toBe(0);
});

test("a budget without a selector matches nothing, one with an empty selector everything", () => {
  const budget = (spec: object): unknown => ({ metadata, spec });
  expect(projectBudget(budget({})).selector.requirements).toEqual([{ key: "", operator: "In", values: [] }]);
  const all = projectBudget(budget({ selector: {}, minAvailable: "50%" }));
  expect([all.selector.requirements, all.minAvailable, all.maxUnavailable]).toEqual([[], "50%", null]);
  expect(projectBudget(budget({ maxUnavailable: 0 })).maxUnavailable).toBe("0");
});

test("foreign texts have an end", () => {
  const message = "x".repeat(100_000);
  const status = {
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
  };
  expect(projectPod(pod({}, status)).trouble?.message.length).toBe(1024);
});

test("labels of the names of prototypes are labels and nothing else", () => {
  const labels: unknown = JSON.parse('{"__proto__": "evil", "constructor": "evil", "app": "web"}');
  const found = projectPod(pod({}, {}, { labels: labels as object }));
  expect(Object.keys(found.labels)).toEqual(["__proto__", "constructor", "app"]);
  expect(Object.getPrototypeOf(found.labels)).toBe(Object.prototype);
});

test("whatever a server sends, it is projected or refused by name", () => {
  const projections = [projectNode, projectPod, projectBudget, (raw: unknown) => projectWorkload("Job", raw)];
  const named = fc.record({ spec: fc.anything(), status: fc.anything() });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), named), fc.boolean(), (value, isNamed) => {
      const raw = isNamed && typeof value === "object" && value !== null ? { ...value, metadata } : value;
      for (const project of projections) {
        try {
          project(raw);
        } catch (error) {
          expect(error).toBeInstanceOf(ForeignShapeError);
        }
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});
