import { Random } from "#world/random.ts";
import { quick, template } from "../workloads.ts";
import { drawProbe } from "./draw-probe.ts";
import type { Operation, Sequence } from "./operation.ts";

/** What a sequence has made so far, as far as the drawing must know. */
interface Drawn {
  readonly random: Random;
  readonly group: string;
  readonly apps: Map<string, string>;
  hasBudget: boolean;
  /** Whether an app has pods that fill a node. */
  hasBig: boolean;
  /** Apps whose pods may find no room: which of them do is chance, and so they are only scaled. */
  readonly crowded: Set<string>;
  /** Apps that a budget selects: the real controller tells but one budget of a pod. */
  readonly budgeted: Set<string>;
  /** Whether one of an app's pods was patched: it is told apart, and which node it stands on is chance. */
  hasMarked: boolean;
  /** Nodes that were ever cordoned or tainted. */
  readonly closed: Set<number>;
  isSettled: boolean;
  readonly operations: Operation[];
}

export function pick<T>(random: Random, from: readonly T[]): T {
  if (from.length === 0) throw new Error("nothing to pick from");
  return from[random.between(0, from.length - 1)] as T;
}

function chance(random: Random, percent: number): boolean {
  return random.between(1, 100) <= percent;
}

/** A sequence of operations; the same seed and group give the same. `changesNodes`: an instance is ended. */
export function drawSequence(seed: number, group: string, changesNodes: boolean): Sequence {
  const random = new Random(seed);
  const drawn: Drawn = {
    random,
    group,
    apps: new Map(),
    hasBudget: false,
    hasBig: false,
    crowded: new Set(),
    budgeted: new Set(),
    hasMarked: false,
    closed: new Set(),
    isSettled: true,
    operations: [],
  };
  for (let left = random.between(1, 3); left > 0; left--) add(drawn, createWorkload(drawn));
  settle(drawn);
  if (chance(random, 50)) add(drawn, createBudget(drawn));
  settle(drawn);
  const count = random.between(4, 9);
  const endsAt = changesNodes ? random.between(1, count) : 0;
  for (let left = count; left > 0; left--) {
    if (left === endsAt) endInstance(drawn);
    drawNext(drawn);
  }
  return { seed, operations: drawn.operations };
}

function endInstance(drawn: Drawn): void {
  if (drawn.hasMarked) return;
  if (!drawn.isSettled) settle(drawn);
  add(drawn, { kind: "terminate", node: drawn.random.between(0, 1) });
  drawn.isSettled = false;
  // its successor is open, whatever was done to it; all are on the other one for a while
  settle(drawn);
}

function add({ operations }: Drawn, operation: Operation): void {
  operations.push(operation);
}

function settle(drawn: Drawn): void {
  if (drawn.operations.at(-1)?.kind !== "settle") add(drawn, { kind: "settle" });
  drawn.isSettled = true;
}

const kinds = [
  "deployments",
  "deployments",
  "deployments",
  "statefulsets",
  "statefulsets",
  "daemonsets",
  "jobs",
  "pods",
];

function createWorkload(drawn: Drawn): Operation {
  const { random, apps } = drawn;
  const plural = pick(random, kinds);
  const free = ["web", "db", "api", "queue", "cache", "batch"].filter((name) => !apps.has(name));
  const name = free.length === 0 ? "web" : pick(random, free);
  apps.set(name, plural);
  return { kind: "create", plural, body: manifest(drawn, plural, name) };
}

function podTemplate(drawn: Drawn, name: string, plural: string) {
  const { random, group } = drawn;
  const annotations = {
    ...quick,
    // longer than two evictions in a row take on a busy machine
    "rig/ready-delay": "1s",
    ...(chance(random, 10) ? { "rig/never-ready": "true" } : {}),
    ...(plural === "jobs" ? { "rig/run-time": pick(random, ["1h", "400ms"]) } : {}),
  };
  // pods that fill a node are all of one app: how many fit does not depend on who comes first
  const big = drawn.hasBig || plural !== "deployments" ? [] : [{ cpu: "3" }];
  const requests = pick(random, [
    undefined,
    undefined,
    { cpu: "100m" },
    { cpu: "100m", memory: "64Mi" },
    ...big,
  ]);
  if (requests?.cpu === "3") drawn.hasBig = true;
  const isApart = plural === "deployments" && chance(random, 20);
  if (requests?.cpu === "3" || isApart) drawn.crowded.add(name);
  // whatever is not remade by an owner stays on one node, so that both worlds lose the same with it
  const zone = pick(random, ["eu-west-1a", "eu-west-1b"]);
  const isPinned = plural === "jobs" || plural === "pods" || chance(random, 15);
  const pinned = isPinned ? { "topology.kubernetes.io/zone": zone } : {};
  const made = template(name, { annotations, group, ...(requests === undefined ? {} : { requests }) });
  const more = {
    ...(chance(random, 20) ? { tolerations: [{ key: "example.io/closed", operator: "Exists" }] } : {}),
    // whose pods are alike: which of them finds no room is not told apart
    ...(isApart ? { affinity: apart(name) } : {}),
  };
  const { nodeSelector } = made.spec;
  const spec = {
    ...made.spec,
    ...more,
    terminationGracePeriodSeconds: pick(random, [30, 5, 1]),
    nodeSelector: { ...nodeSelector, ...pinned },
  };
  return { metadata: made.metadata, spec };
}

/** No two on a node. */
function apart(app: string): object {
  const term = { labelSelector: { matchLabels: { app } }, topologyKey: "kubernetes.io/hostname" };
  return { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
}

function manifest(drawn: Drawn, plural: string, name: string) {
  const { random } = drawn;
  const made = podTemplate(drawn, name, plural);
  const selector = { matchLabels: { app: name } };
  const replicas = random.between(0, 4);
  const minReady = chance(random, 15) ? { minReadySeconds: 1 } : {};
  switch (plural) {
    case "pods":
      return { metadata: { name, ...made.metadata }, spec: made.spec };
    case "jobs": {
      const count = random.between(1, 2);
      const spec = { ...made.spec, restartPolicy: "Never" };
      const limits = { completions: count, parallelism: count, backoffLimit: pick(random, [0, 1, 6]) };
      return { metadata: { name }, spec: { ...limits, template: { ...made, spec } } };
    }
    case "daemonsets":
      return { metadata: { name }, spec: { selector, template: made, ...minReady } };
    case "statefulsets": {
      const policy = chance(random, 40) ? { podManagementPolicy: "Parallel" } : {};
      return {
        metadata: { name },
        spec: { serviceName: name, replicas, selector, template: made, ...policy, ...minReady },
      };
    }
    default: {
      const strategy = pick(random, [
        undefined,
        undefined,
        { type: "Recreate" },
        { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
        { rollingUpdate: { maxSurge: 0, maxUnavailable: "50%" } },
      ]);
      const extra = strategy === undefined ? {} : { strategy };
      return { metadata: { name }, spec: { replicas, selector, template: made, ...extra, ...minReady } };
    }
  }
}

function createBudget(drawn: Drawn): Operation {
  const { random, apps } = drawn;
  drawn.hasBudget = true;
  const app = pick(random, [...[...apps.keys()].filter((one) => !drawn.budgeted.has(one)), "nobody"]);
  drawn.budgeted.add(app);
  const limit = pick(random, [
    { minAvailable: 1 },
    { minAvailable: "50%" },
    { maxUnavailable: 1 },
    { maxUnavailable: "30%" },
    { maxUnavailable: 0 },
    { minAvailable: 0 },
  ]);
  const policy = chance(random, 25) ? { unhealthyPodEvictionPolicy: "AlwaysAllow" } : {};
  const selector = { matchLabels: { app } };
  const name = `budget-${random.between(1, 2)}`;
  return {
    kind: "create",
    plural: "poddisruptionbudgets",
    body: { metadata: { name }, spec: { ...limit, ...policy, selector } },
  };
}

/** Adds what comes next; what depends on the pods there are waits until all stand still. */
function drawNext(drawn: Drawn): void {
  const { random } = drawn;
  const next = random.between(1, 100);
  // how long the collector takes over what was deleted is milliseconds on both
  if (drawn.operations.at(-1)?.kind === "delete" && !drawn.isSettled) settle(drawn);
  if (next <= 25) {
    // asks or is refused: changes nothing, whenever it comes
    add(drawn, drawProbe(random, drawn.apps));
    return;
  }
  if (!drawn.isSettled) settle(drawn);
  if (next <= 60) add(drawn, drawPodOperation(drawn));
  else if (next <= 85) add(drawn, drawObjectOperation(drawn));
  else add(drawn, drawNodeOperation(drawn));
  drawn.isSettled = false;
}

function drawPodOperation(drawn: Drawn): Operation {
  const { random, apps } = drawn;
  const roomy = [...apps.keys()].filter((one) => !drawn.crowded.has(one));
  if (roomy.length === 0) return drawProbe(random, apps);
  const app = pick(random, roomy);
  const pod = random.between(0, 3);
  const next = random.between(1, 100);
  if (next <= 65) {
    const gracePeriodSeconds = pick(random, [undefined, undefined, undefined, 0, 1]);
    const uid = pick(random, [undefined, "right", drawn.hasBudget ? "right" : "wrong"] as const);
    const options = {
      ...(uid === undefined ? {} : { uid }),
      ...(chance(random, 15) ? { isDryRun: true } : {}),
      ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    };
    return { kind: "evict", app, pod, count: pick(random, [1, 1, 2]), options };
  }
  if (next <= 85) {
    const options = pick(random, [
      undefined,
      { gracePeriodSeconds: 0 },
      { gracePeriodSeconds: 1 },
      { dryRun: ["All"] },
    ]);
    return { kind: "deletePod", app, pod, ...(options === undefined ? {} : { options }) };
  }
  drawn.hasMarked = true;
  // a budget that a pod's labels leave is not told, and keeps its count until something else tells it
  const leaving = drawn.budgeted.has(app) ? [] : [{ metadata: { labels: { app: "somebody-else" } } }];
  const patch = pick(random, [
    ...leaving,
    { metadata: { annotations: { "example.io/note": "x" } } },
    { metadata: { labels: { tier: "x" } } },
    { spec: { containers: [{ name: "c", image: "j" }] } },
    { spec: { nodeName: "elsewhere" } },
  ]);
  // merged by name: the real server has a token's volume mounted in each container
  return { kind: "patchPod", app, pod, type: "strategic", patch };
}

function drawObjectOperation(drawn: Drawn): Operation {
  const { random, apps } = drawn;
  const [name, plural] = pick(random, [...apps]);
  const next = random.between(1, 100);
  if (next <= 15) return createWorkload(drawn);
  if (next <= 30) return createBudget(drawn);
  if (next <= 40) {
    const policy = pick(random, ["Background", "Background", "Foreground", "Orphan"]);
    if (apps.size > 1 && policy !== "Orphan") apps.delete(name);
    return { kind: "delete", plural, name, options: { propagationPolicy: policy } };
  }
  if (next <= 45)
    return { kind: "delete", plural: "poddisruptionbudgets", name: `budget-${random.between(1, 2)}` };
  if (next <= 55) {
    const patch = {
      spec: pick(random, [
        { minAvailable: 2, maxUnavailable: null },
        { maxUnavailable: 2, minAvailable: null },
      ]),
    };
    return { kind: "patch", plural: "poddisruptionbudgets", name: `budget-${random.between(1, 2)}`, patch };
  }
  if (next <= 62 && plural !== "pods" && !drawn.crowded.has(name))
    return drawOtherPatch(random, plural, name);
  // how many find room on the open node depends on which of them stood there before, and that is chance
  if (drawn.crowded.has(name) && drawn.closed.size > 0) return drawProbe(random, apps);
  if (next <= 80 || plural === "pods" || drawn.crowded.has(name)) {
    if (plural === "jobs")
      return { kind: "patch", plural, name, patch: { spec: { suspend: chance(random, 70) } } };
    const patch = { spec: { replicas: random.between(0, 5) } };
    return { kind: "patch", plural, name, patch };
  }
  const annotations = { "example.io/restarted": String(random.between(1, 9)) };
  return {
    kind: "patch",
    plural,
    name,
    type: pick(random, ["merge", "strategic"]),
    patch: { spec: { template: { metadata: { annotations } } } },
  };
}

/** Patches of other forms and other fields. */
function drawOtherPatch(random: Random, plural: string, name: string): Operation {
  const patch = (change: object, type: "merge" | "json" | "strategic" = "merge"): Operation => ({
    kind: "patch",
    plural,
    name,
    type,
    patch: change,
  });
  const template = (spec: object): object => ({ spec: { template: { spec } } });
  return pick(random, [
    patch({ metadata: { labels: { "example.io/mark": "x" } } }, "strategic"),
    patch([{ op: "add", path: "/metadata/annotations", value: { "example.io/note": "x" } }], "json"),
    patch([{ op: "replace", path: "/spec/replicas", value: 2 }], "json"),
    patch(template({ containers: [{ name: "c", image: "i:2" }] }), "strategic"),
    patch(template({ containers: [{ name: "d", image: "d" }] }), "strategic"),
    patch(template({ terminationGracePeriodSeconds: 2 })),
    patch({ spec: { paused: true } }),
    patch({ spec: { paused: false } }),
    patch({ spec: { updateStrategy: { type: "OnDelete", rollingUpdate: null } } }),
    patch({ spec: { updateStrategy: { rollingUpdate: { partition: 1 } } } }),
    patch({ spec: { minReadySeconds: 1 } }),
    patch({ spec: { parallelism: 0 } }),
    patch({ spec: { parallelism: 2 } }),
  ]);
}

function drawNodeOperation(drawn: Drawn): Operation {
  const { random } = drawn;
  const node = random.between(0, 1);
  // who is sent away and finds no other place is chance, as who stood there was
  const hasRefuge = !drawn.closed.has(1 - node);
  const effects = ["NoSchedule", hasRefuge && !drawn.hasMarked ? "NoExecute" : "NoSchedule"];
  const patch = pick(random, [
    { spec: { unschedulable: true } },
    { spec: { unschedulable: true } },
    { spec: { unschedulable: null } },
    { spec: { unschedulable: null } },
    { metadata: { labels: { "example.io/colour": pick(random, ["red", "blue"]) } } },
    { spec: { taints: [{ key: "example.io/closed", effect: pick(random, effects) }] } },
    { spec: { taints: null } },
    { metadata: { uid: "00000000-0000-0000-0000-000000000000" }, spec: { unschedulable: true } },
    { metadata: { resourceVersion: "1" }, spec: { unschedulable: true } },
    { spec: { providerID: "aws:///eu-west-1a/i-00000000000000000" } },
  ]);
  if (/"unschedulable":true|"effect"/.test(JSON.stringify(patch))) drawn.closed.add(node);
  return { kind: "patchNode", node, patch };
}
