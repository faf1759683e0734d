import type { Random } from "#world/random.ts";
import type { Operation } from "./operation.ts";

/** Reads, and writes that are refused or change no workload: right at any moment. */
export function drawProbe(random: Random, apps: ReadonlyMap<string, string>): Operation {
  const owners = [...apps].filter(([, plural]) => plural !== "pods");
  const owner = owners[random.between(0, Math.max(0, owners.length - 1))];
  const all = [...constant, ...(owner === undefined ? [] : ofOwner(owner[0], owner[1]))];
  const found = all[random.between(0, all.length - 1)];
  if (found === undefined) throw new Error("there is nothing to ask");
  return found;
}

const container = { name: "c", image: "i" };
const spec = { containers: [container] };

function pod(name: string, change: object): Operation {
  return { kind: "create", plural: "pods", body: { metadata: { name }, spec: { ...spec, ...change } } };
}

function deployment(change: object): Operation {
  const template = { metadata: { labels: { app: "bad" } }, spec };
  const made = { selector: { matchLabels: { app: "bad" } }, template, ...change };
  return { kind: "create", plural: "deployments", body: { metadata: { name: "bad" }, spec: made } };
}

function budget(change: object): Operation {
  return {
    kind: "create",
    plural: "poddisruptionbudgets",
    body: { metadata: { name: "bad" }, spec: { selector: {}, ...change } },
  };
}

function configMap(metadata: object, more: object = {}): Operation {
  return { kind: "create", plural: "configmaps", body: { metadata: { ...metadata }, ...more } };
}

const constant: readonly Operation[] = [
  { kind: "read", plural: "pods", name: "ghost" },
  { kind: "read", plural: "deployments", name: "ghost" },
  { kind: "read", plural: "pods", query: { labelSelector: "app in (" } },
  { kind: "read", plural: "pods", query: { fieldSelector: "spec.colour=red" } },
  { kind: "read", plural: "pods", query: { limit: "x" } },
  { kind: "read", plural: "pods", query: { resourceVersion: "x" } },
  { kind: "read", plural: "pods", query: { resourceVersionMatch: "Exact" } },
  { kind: "read", plural: "pods", query: { resourceVersionMatch: "Never", resourceVersion: "1" } },
  { kind: "read", plural: "pods", query: { continue: "no-token" } },
  { kind: "delete", plural: "pods", name: "ghost" },
  { kind: "delete", plural: "jobs", name: "ghost", options: { propagationPolicy: "Sideways" } },
  { kind: "patch", plural: "statefulsets", name: "ghost", patch: { spec: { replicas: 1 } } },
  { kind: "patch", plural: "configmaps", name: "ghost", patch: {}, type: "strategic" },
  configMap({ name: "Bad_Name" }),
  configMap({}),
  configMap({ name: "labels", labels: { "not a key": "x" } }),
  configMap({ name: "labels", labels: { key: "not a value!" } }),
  configMap({ name: "annotations", annotations: { "not a key": "x" } }),
  configMap({ name: "owners", ownerReferences: [{ kind: "Pod", name: "x" }] }),
  configMap({ name: "finalizers", finalizers: ["bad finalizer"] }),
  configMap({ name: "elsewhere", namespace: "other" }),
  configMap({ name: "keys" }, { data: { "bad key!": "x" } }),
  configMap({ name: "types" }, { data: { a: 1 } }),
  configMap({ name: "kind" }, { kind: "Secret" }),
  configMap({ name: "fields" }, { unknown: { a: 1 } }),
  pod("no-containers", { containers: [] }),
  pod("no-image", { containers: [{ name: "c" }] }),
  pod("twice", { containers: [container, container] }),
  pod("quantity", { containers: [{ ...container, resources: { requests: { cpu: "lots" } } }] }),
  pod("limits", {
    containers: [{ ...container, resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }],
  }),
  pod("policy", { restartPolicy: "Sometimes" }),
  pod("priority", { priorityClassName: "no-such-class" }),
  pod("account", { serviceAccountName: "nobody" }),
  pod("toleration", { tolerations: [{ operator: "Maybe" }] }),
  pod("selector", { nodeSelector: { "not a key": "x" } }),
  pod("spread", {
    topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "x", whenUnsatisfiable: "DoNotSchedule" }],
  }),
  pod("volume", { containers: [{ ...container, volumeMounts: [{ name: "v", mountPath: "/v" }] }] }),
  deployment({ replicas: -1 }),
  deployment({ selector: {} }),
  deployment({ selector: { matchLabels: { app: "other" } } }),
  deployment({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
  deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
  deployment({ strategy: { rollingUpdate: { maxSurge: "x%" } } }),
  deployment({ minReadySeconds: -1 }),
  deployment({ template: undefined }),
  deployment({ replicas: "three" }),
  budget({ minAvailable: 1, maxUnavailable: 1 }),
  budget({ minAvailable: -1 }),
  budget({ maxUnavailable: "150%" }),
  budget({ maxUnavailable: "x" }),
  budget({ unhealthyPodEvictionPolicy: "Sometimes" }),
  budget({ selector: { matchExpressions: [{ key: "a", operator: "Is" }] } }),
];

function otherSelector(plural: string, name: string): Operation {
  return { kind: "replace", plural, name, change: { spec: { selector: { matchLabels: { app: "other" } } } } };
}

function ofOwner(name: string, plural: string): readonly Operation[] {
  const patch = (change: object, type: "merge" | "json" | "strategic" = "merge"): Operation => ({
    kind: "patch",
    plural,
    name,
    type,
    patch: change,
  });
  return [
    { kind: "read", plural, name },
    { kind: "read", plural, query: { labelSelector: "!app" } },
    { kind: "create", plural, body: { metadata: { name }, spec: {} } },
    patch({ metadata: { resourceVersion: "1" } }),
    patch({ metadata: { uid: "00000000-0000-0000-0000-000000000000" } }),
    patch({ metadata: { name: "other" } }),
    patch({ spec: { selector: { matchLabels: { app: "other" } } } }),
    patch({ spec: { template: { spec: { containers: [] } } } }),
    patch({ spec: { replicas: -1, parallelism: -1 } }),
    patch([{ op: "test", path: "/metadata/name", value: "other" }], "json"),
    patch([{ op: "remove", path: "/spec/nothing" }], "json"),
    patch([{ op: "jump", path: "/spec" }], "json"),
    patch({ spec: "text" }),
    patch({ metadata: { labels: { "example.io/mark": null } } }),
    { kind: "replace", plural, name, change: { metadata: { resourceVersion: "1" } } },
    { kind: "replace", plural, name, change: { metadata: { name: "other" } } },
    otherSelector(plural, name),
    {
      kind: "delete",
      plural,
      name,
      options: { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } },
    },
    { kind: "delete", plural, name, options: { preconditions: { resourceVersion: "1" } } },
    { kind: "delete", plural, name, options: { dryRun: ["All"] } },
  ];
}
