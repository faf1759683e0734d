import { installAccess } from "./access-objects.ts";
import { type Group, type LifecycleHook, newGroupState, type Template } from "./aws/types.ts";
import { furnish, identify } from "./furniture.ts";
import { setNodeReady } from "./kubernetes/nodes.ts";
import type { Scenario, ScenarioCloud, ScenarioGroup, ScenarioHook, ScenarioWorkload } from "./scenario.ts";
import { startActors, startOwners } from "./scripted/start-actors.ts";
import { parseDuration } from "./time.ts";
import { manifestsOf, singleWorkloads } from "./workload-objects.ts";
import { World } from "./world.ts";

const hourMs = 3_600_000;

export interface BuildOptions {
  readonly seed: number;
  /** ms since epoch. */
  readonly now: number;
  /** False: nothing writes core/v1 Events, which only people read. */
  readonly events?: boolean;
  /** UID of the namespace kube-system, which tells clusters apart; drawn by the seed where absent. */
  readonly clusterUid?: string;
}

/**
 * A world as the scenario describes it, already settled: everything has been running for up to an hour
 * at `now` (ms since epoch), Jobs for some seconds. Takes milliseconds.
 */
export function buildWorld(scenario: Scenario, { seed, now, events, clusterUid }: BuildOptions): World {
  const start = now - hourMs;
  const world = new World({
    seed,
    now: start,
    ...(scenario.region === undefined ? {} : { region: scenario.region }),
    ...(scenario.account === undefined ? {} : { account: scenario.account }),
    ...(scenario.timings === undefined ? {} : { timings: scenario.timings }),
    ...(events === undefined ? {} : { events }),
  });
  world.making(true);
  createBasics(world, scenario);
  furnish(world, seed);
  installAccess(world, seed, scenario.access);
  if (clusterUid !== undefined) identify(world, clusterUid);
  createNodes(world, scenario, start);
  const workloads = singleWorkloads(scenario.workloads);
  const isJob = (workload: ScenarioWorkload): boolean => workload.kind === "Job";
  world.advance(start + hourMs / 2);
  createWorkloads(
    world,
    workloads.filter((workload) => !isJob(workload)),
  );
  startOwners(world, scenario.actors ?? []);
  world.advance(now - 5000);
  createWorkloads(world, workloads.filter(isJob));
  world.advance(now);
  spoilReplacements(world, workloads);
  world.making(false);
  setUpCloud(world, scenario.cloud ?? {});
  world.compact();
  world.cluster.denials.push(...(scenario.denied ?? []));
  startActors(world, scenario.actors ?? []);
  return world;
}

function post(world: World, path: string, body: Readonly<Record<string, unknown>>): void {
  const request = { method: "POST", path, body: body as never } as const;
  const answer = world.handle(world.now, { kind: "kubernetes", request }, "scenario");
  if (answer.kind === "kubernetes" && answer.answer.status !== 201) {
    throw new Error(`the scenario's ${path} was refused: ${JSON.stringify(answer.answer.body)}`);
  }
}

function createBasics(world: World, scenario: Scenario): void {
  const used = scenario.workloads.map((workload) => workload.namespace ?? "default");
  const names = new Set(["default", "kube-system", ...(scenario.namespaces ?? []), ...used]);
  for (const name of names) post(world, "/api/v1/namespaces", { metadata: { name } });
  const classes = {
    ...scenario.priorityClasses,
    "system-cluster-critical": 2_000_000_000,
    "system-node-critical": 2_000_001_000,
  };
  for (const [name, value] of Object.entries(classes)) {
    post(world, "/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name }, value });
  }
}

function createNodes(world: World, scenario: Scenario, start: number): void {
  const count = scenario.groups.reduce((sum, group) => sum + group.size, 0);
  const step = Math.min(60_000, hourMs / 3 / Math.max(1, count));
  let index = 0;
  for (const wanted of scenario.groups) {
    const group = newGroup(world, wanted, scenario.cluster ?? "k8s.test");
    world.fleet.addGroup(group);
    for (let number = 0; number < wanted.size; number++) {
      world.advance(start + step * index++);
      const zone = group.zones[number % group.zones.length] ?? `${world.fleet.region}a`;
      const instance = world.fleet.addRunning(group, zone, wanted.launchTemplate?.running ?? 1);
      world.cloudNodes.joined(instance, group);
      setNodeReady(world.cluster, instance.dnsName, "True");
    }
  }
}

function newGroup(world: World, wanted: ScenarioGroup, cluster: string): Group {
  const nodeTemplate = "k8s.io/cluster-autoscaler/node-template/label/kops.k8s.io/instancegroup";
  return {
    name: wanted.name,
    min: wanted.min ?? wanted.size,
    max: wanted.max ?? wanted.size,
    desired: wanted.size,
    zones: wanted.zones,
    template: newTemplate(world, wanted),
    templateVersion: wanted.launchTemplate?.follows ?? "$Latest",
    shape: {
      instanceType: wanted.instanceType ?? "m5.large",
      capacity: wanted.capacity ?? {},
      role: wanted.role ?? "node",
      labels: wanted.labels ?? {},
      taints: wanted.taints ?? [],
      kubeletVersion: wanted.kubeletVersion ?? "v1.36.3",
      mirrorPods: wanted.mirrorPods ?? [],
      mirrorPodsReady: wanted.mirrorPodsReady,
    },
    tags: [
      { Key: "KubernetesCluster", Value: cluster },
      { Key: nodeTemplate, Value: wanted.name },
    ],
    suspended: wanted.suspended ?? [],
    refreshes: [],
    activities: [],
    launchFailures: [],
    reusesNames: wanted.reusesNames ?? false,
    freedNames: [],
    ...newGroupState(),
    hooks: (wanted.hooks ?? []).map(newHook),
    terminationPolicies: wanted.terminationPolicies ?? ["Default"],
  };
}

function newHook({ name, when, timeout, result }: ScenarioHook): LifecycleHook {
  return {
    LifecycleHookName: name,
    LifecycleTransition:
      when === "launching" ? "autoscaling:EC2_INSTANCE_LAUNCHING" : "autoscaling:EC2_INSTANCE_TERMINATING",
    HeartbeatTimeout: timeout === undefined ? 3600 : (parseDuration(timeout) ?? 0) / 1000,
    DefaultResult: result ?? "ABANDON",
  };
}

function setUpCloud(world: World, { readLag, throttle, lacking }: ScenarioCloud): void {
  const { capacity, history, throttle: buckets } = world.fleet;
  for (const { zone, instanceType } of lacking ?? []) capacity.set(zone, instanceType, false);
  buckets.rate = throttle;
  history.lagMs = readLag === undefined ? 0 : (parseDuration(readLag) ?? 0);
  world.fleet.changed();
}

function newTemplate(world: World, wanted: ScenarioGroup): Template {
  const latest = wanted.launchTemplate?.latest ?? 1;
  const id = `lt-0${world.cluster.random.hexadecimal(16)}`;
  return { id, name: wanted.name, latest, default: 1, data: new Map() };
}

function createWorkloads(world: World, workloads: readonly ScenarioWorkload[]): void {
  for (const workload of workloads) {
    for (const { path, body } of manifestsOf(workload)) post(world, path, body);
  }
}

function spoilReplacements(world: World, workloads: readonly ScenarioWorkload[]): void {
  const standing = new Set(world.list("pods").map(({ metadata }) => metadata.uid));
  for (const workload of workloads) {
    if (workload.replacements === undefined) continue;
    const namespace = workload.namespace ?? "default";
    const labels = Object.entries(workload.labels ?? { app: workload.name });
    world.afflict(
      workload.replacements,
      ({ metadata }) =>
        !standing.has(metadata.uid) &&
        metadata.namespace === namespace &&
        labels.every(([key, value]) => metadata.labels?.[key] === value),
    );
  }
}
