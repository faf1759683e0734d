import type { Actors } from "#world/actors.ts";
import type { Instance } from "#world/aws/types.ts";
import type { Budget } from "#world/kubernetes/budget-types.ts";
import type { ControllerName } from "#world/kubernetes/cluster.ts";
import type { Node } from "#world/kubernetes/node-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Deployment, StatefulSet } from "#world/kubernetes/workload-types.ts";
import { Random } from "#world/random.ts";
import type { World } from "#world/world.ts";
import type { Incident } from "./draw.ts";
import { isEvictable } from "./judge/truth.ts";
import type { Endpoint } from "./line.ts";
import type { Process } from "./process.ts";
import type { Universe } from "./universe.ts";

/** What an incident strikes. */
export interface Stage {
  readonly universe: Universe;
  readonly actors: Actors;
  /** The process that applies now; null between two. */
  readonly current: () => Process | null;
  /** Group → what others want of it by now. */
  readonly desired: Map<string, number>;
  /** Starts another process of dextre beside. */
  readonly beside: (kind: "secondApply" | "otherPlan", random: Random) => void;
}

const HELD: Readonly<Record<string, ControllerName>> = {
  lagBudgets: "budgets",
  lagReplicaSets: "replicasets",
  lagStatefulSets: "statefulsets",
  lagScheduler: "scheduler",
  lagLaunches: "launches",
};

/** Ends the name of a budget that stands beside another over the same pods. */
const SECOND = "-second";

/** Lets one incident happen. false: there is nothing here that it could strike. Returns what ends it. */
export function strike(incident: Incident, stage: Stage): (() => void) | boolean {
  const random = new Random(incident.chance);
  const held = HELD[incident.kind];
  const { world } = stage.universe;
  if (held) {
    world.hold(held);
    return () => world.hold(held, false);
  }
  return strikeProcess(incident, stage, random) ?? strikeCluster(incident, stage, random);
}

function strikeProcess(incident: Incident, stage: Stage, random: Random): (() => void) | boolean | undefined {
  const { universe } = stage;
  const process = stage.current();
  switch (incident.kind) {
    case "kill":
    case "powerLoss": {
      if (!process) return false;
      const kept = incident.kind === "powerLoss" ? random.between(0, 200) : null;
      universe.crash(process, random.between(0, 1) === 0 ? "drop" : "apply", kept);
      return true;
    }
    case "vanishedJournal":
      universe.crashAll("host-a");
      universe.machine("host-a").wipe();
      universe.judge.loseJournals();
      return true;
    case "pause":
    case "suspend": {
      if (!process) return false;
      process.gate.close();
      const since = universe.driver.now();
      return () => {
        if (incident.kind === "suspend") process.clock.suspended += universe.driver.now() - since;
        universe.judge.woke(process.name);
        process.gate.open();
      };
    }
    case "clockStep":
      universe.machine("host-a").clock.step += (random.between(0, 1) === 0 ? 1 : -1) * incident.duration * 6;
      return true;
    case "signal":
      if (!process) return false;
      process.stop.abort(new Error("SIGTERM"));
      return true;
    case "secondApply":
    case "otherPlan":
      stage.beside(incident.kind, random);
      return true;
    case "partition":
      return cut(universe, random, process);
    case "swizzle": {
      const endpoint: Endpoint = random.between(0, 2) === 0 ? "aws" : "kubernetes";
      universe.network.freeze(endpoint);
      return () => universe.network.thaw(endpoint, random);
    }
    default:
      return undefined;
  }
}

function cut({ network }: Universe, random: Random, process: Process | null): () => void {
  const endpoint: Endpoint = random.between(0, 2) === 0 ? "aws" : "kubernetes";
  const how = random.between(0, 1) === 0 ? "refuse" : "hang";
  network.cut(endpoint, how);
  if (how === "refuse" && endpoint === "kubernetes") process?.client.breakWatches();
  return () => network.mend(endpoint);
}

function strikeCluster(incident: Incident, stage: Stage, random: Random): (() => void) | boolean {
  const { actors } = stage;
  const { world } = stage.universe;
  const nodes = world.list("nodes");
  const node = pickDrained(nodes, random);
  switch (incident.kind) {
    case "deadNode":
      if (!node) return false;
      actors.failNode(node.metadata.name);
      return () => {
        const { name, uid } = node.metadata;
        // What has no machine any more does not come back.
        if (world.get("nodes", undefined, name)?.metadata.uid === uid && instanceOf(node, world))
          actors.recoverNode(name);
      };
    case "launchFailure": {
      const group = pick([...world.fleet.groups.values()], random);
      for (let count = random.between(1, 3); group && count > 0; count -= 1)
        actors.failNextLaunch(group.name, "InsufficientInstanceCapacity: no m5.large in eu-west-1a");
      return true;
    }
    case "humanCordon": {
      const open = pick(
        nodes.filter((one) => one.spec.unschedulable !== true),
        random,
      );
      if (!open) return false;
      actors.cordon(open.metadata.name);
      return true;
    }
    case "humanUncordon": {
      const cordoned = pick(
        nodes.filter((one) => one.spec.unschedulable === true),
        random,
      );
      if (!cordoned) return false;
      actors.uncordon(cordoned.metadata.name);
      return true;
    }
    case "kubectlDrain":
      return node ? drain(node.metadata.name, incident, stage) : false;
    case "spotInterruption":
    case "zoneRebalance": {
      const of =
        incident.kind === "spotInterruption" ? nodes : nodes.filter((one) => one.spec.unschedulable !== true);
      const instance = instanceOf(pickDrained(of, random), world);
      if (!instance) return false;
      actors.terminateInstance(instance.id);
      return true;
    }
    case "debugPod":
      return node ? visit(node.metadata.name, incident, stage) : false;
    case "autoscaler":
      return scaleGroup(stage, random);
    default:
      return strikeWorkload(incident, stage, random);
  }
}

/** As kubectl debug node does: a pod of nobody, right on the node, cordoned or not. */
function visit(node: string, { at }: Incident, { actors }: Stage): (() => void) | boolean {
  const name = `debugger-${at}`;
  const spec = { nodeName: node, containers: [{ name: "debugger", image: "example/shell:1" }] };
  if (!actors.tries("POST", "/api/v1/namespaces/default/pods", { metadata: { name }, spec })) return false;
  return () => actors.delete("pods", "default", name);
}

/** undefined: it runs no more. */
function instanceOf(node: Node | undefined, { fleet }: World): Instance | undefined {
  const instance = fleet.instances.get(node?.spec.providerID?.split("/").at(-1) ?? "");
  return instance?.state === "running" ? instance : undefined;
}

function strikeWorkload(incident: Incident, stage: Stage, random: Random): (() => void) | boolean {
  const { universe, actors } = stage;
  const { world } = universe;
  switch (incident.kind) {
    case "humanDeletesPod": {
      const pod = pick(world.list("pods").filter(isEvictable), random);
      if (!pod) return false;
      actors.delete("pods", pod.metadata.namespace, pod.metadata.name);
      return true;
    }
    case "crashLoop":
      return crash(stage, random);
    case "stuckPod": {
      const { uid } = pick(world.list("pods").filter(isEvictable), random)?.metadata ?? {};
      if (uid === undefined) return false;
      // Its node is well; something in it does not end.
      world.afflict("stuckTerminating", ({ metadata }) => metadata.uid === uid);
      return () => actors.heal();
    }
    case "replicasDown":
    case "replicasUp": {
      const kind = random.between(0, 1) === 0 ? "deployments" : "statefulsets";
      const workload = pickBusy(world.list(kind), random);
      if (!workload) return false;
      const { namespace = "", name } = workload.metadata;
      const change = incident.kind === "replicasUp" ? random.between(1, 3) : -random.between(1, 3);
      actors.scale(kind, namespace, name, Math.max(0, workload.spec.replicas + change));
      return true;
    }
    case "rollout": {
      const workload = pickBusy(world.list("deployments"), random);
      if (!workload) return false;
      const { namespace, name } = workload.metadata;
      actors.request("PATCH", `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, {
        spec: { template: { metadata: { annotations: { rollout: String(incident.at) } } } },
      });
      return true;
    }
    case "budgetEdited": {
      const open = budgetsOfWorkloads(world).filter(({ spec }) => spec.maxUnavailable !== 0);
      const budget = pick(open, random);
      if (!budget) return false;
      edit(budget, { maxUnavailable: 0, minAvailable: null }, actors);
      const { maxUnavailable = null, minAvailable = null } = budget.spec;
      return () => edit(budget, { maxUnavailable, minAvailable }, actors);
    }
    case "budgetAdded":
      return addBudget(stage, random);
    default:
      return false;
  }
}

/** All pods of a workload but one end, and what comes in their place does not become Ready. */
function crash({ universe, actors }: Stage, random: Random): (() => void) | boolean {
  const { world } = universe;
  const workloads = [...world.list("deployments"), ...world.list("statefulsets")];
  const workload = pick(workloads, random);
  if (!workload) return false;
  const { namespace = "", name } = workload.metadata;
  const isIts = (pod: Pod): boolean =>
    pod.metadata.namespace === namespace && pod.metadata.labels?.app === name;
  world.afflict("neverReady", isIts);
  for (const { metadata } of world.list("pods").filter(isIts).slice(1))
    actors.delete("pods", namespace, metadata.name);
  return () => actors.heal();
}

const budgetsOfWorkloads = (world: World): readonly Budget[] =>
  world.list("poddisruptionbudgets").filter((one) => !one.metadata.name.endsWith(SECOND));

/** A second budget over the same pods: none of them can be evicted while it is there. */
function addBudget({ universe, actors }: Stage, random: Random): (() => void) | boolean {
  const { world } = universe;
  const first = pick(budgetsOfWorkloads(world), random);
  if (!first) return false;
  const { namespace = "", name: firstName } = first.metadata;
  const name = `${firstName}${SECOND}`;
  if (world.get("poddisruptionbudgets", namespace, name)) return false;
  actors.request("POST", `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name, namespace },
    spec: { maxUnavailable: 1, selector: first.spec.selector },
  });
  return () => actors.delete("poddisruptionbudgets", namespace, name);
}

function edit({ metadata }: Budget, spec: Readonly<Record<string, unknown>>, actors: Actors): void {
  const path = `/apis/policy/v1/namespaces/${metadata.namespace}/poddisruptionbudgets/${metadata.name}`;
  actors.request("PATCH", path, { spec });
}

/** As kubectl drain does: cordons, then evicts what is there until nothing is, or its time is over. */
function drain(node: string, incident: Incident, stage: Stage): () => void {
  const { universe, actors } = stage;
  const { world } = universe;
  let isOver = false;
  actors.cordon(node);
  const round = (): void => {
    const left = world.cluster.stores.pods.onNode(node).filter(isEvictable);
    if (isOver || left.length === 0) return;
    for (const { metadata } of left) {
      if (metadata.deletionTimestamp !== undefined) continue;
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/eviction`;
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: metadata.name } };
      world.handle(world.now, { kind: "kubernetes", request: { method: "POST", path, body } }, "kubectl");
    }
    universe.driver.at(universe.driver.now() + 5_000, round);
  };
  universe.driver.at(universe.driver.now() + 1 + (incident.chance % 100), round);
  return () => {
    isOver = true;
  };
}

function scaleGroup({ universe, actors, desired }: Stage, random: Random): boolean {
  const group = pick([...universe.world.fleet.groups.values()], random);
  if (!group || group.desired >= group.max) return false;
  actors.setDesired(group.name, group.desired + 1);
  desired.set(group.name, group.desired);
  return true;
}

/** Half of the time one that is being drained: there it hurts most. */
function pickDrained(from: readonly Node[], random: Random): Node | undefined {
  const drained = from.filter(({ spec }) => spec.unschedulable === true);
  return random.between(0, 1) === 0 ? (pick(drained, random) ?? pick(from, random)) : pick(from, random);
}

/** Mostly one that is just losing or getting a pod. */
function pickBusy<T extends Deployment | StatefulSet>(from: readonly T[], random: Random): T | undefined {
  const busy = from.filter(({ spec, status }) => (status?.readyReplicas ?? 0) < spec.replicas);
  return random.between(0, 3) > 0 ? (pick(busy, random) ?? pick(from, random)) : pick(from, random);
}

function pick<T>(from: readonly T[], random: Random): T | undefined {
  return from.length === 0 ? undefined : from[random.between(0, from.length - 1)];
}
