import type { Node } from "#world/kubernetes/node-types.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Actors } from "../actors.ts";
import type { HorizontalAutoscalerActor, HumanActor, ScenarioNode } from "../scenario-actors.ts";
import { parseDuration, timestamp } from "../time.ts";
import type { World } from "../world.ts";

/** What a scripted actor acts on. */
export interface Stage {
  readonly world: World;
  readonly actors: Actors;
}

const paths = { Deployment: "deployments", StatefulSet: "statefulsets", DaemonSet: "daemonsets" } as const;
const groupLabel = "kops.k8s.io/instancegroup";

/** ms of a duration that the scenario's check has seen. */
export function milliseconds(text: string): number {
  return parseDuration(text) ?? 0;
}

/** The node that a scenario means; undefined where there are fewer. */
export function findNode(world: World, { group, index = 0 }: ScenarioNode): Node | undefined {
  return world.list("nodes").filter(({ metadata }) => metadata.labels?.[groupLabel] === group)[index];
}

/** Does something again and again, so often as is wanted. */
export function repeat(
  world: World,
  every: number,
  times: number | undefined,
  run: (round: number) => void,
): void {
  const next = (round: number): void => {
    if (times !== undefined && round >= times) return;
    world.cluster.agenda.after(Math.max(1, every), () => {
      run(round);
      next(round + 1);
    });
  };
  next(0);
}

export function startHorizontalAutoscaler({ world, actors }: Stage, actor: HorizontalAutoscalerActor): void {
  const { workload, namespace = "default", name, min, max, pattern } = actor;
  repeat(world, milliseconds(actor.every), actor.times, (round) => {
    const wanted = pattern[round % Math.max(1, pattern.length)] ?? min;
    const replicas = Math.max(min, Math.min(max, wanted));
    const target = world.get(paths[workload], namespace, name);
    if (target !== undefined && target.spec.replicas !== replicas) {
      actors.scale(paths[workload], namespace, name, replicas);
    }
  });
}

export function startHuman(stage: Stage, actor: HumanActor): void {
  stage.world.cluster.agenda.after(milliseconds(actor.at), () => actAsHuman(stage, actor));
}

function actAsHuman(stage: Stage, actor: HumanActor): void {
  const { world, actors } = stage;
  const { namespace = "default" } = "namespace" in actor ? actor : {};
  switch (actor.does) {
    case "cordon":
    case "uncordon":
    case "drain": {
      const node = findNode(world, actor.node)?.metadata.name;
      if (node === undefined) return;
      if (actor.does === "drain") drain(stage, node);
      else actors[actor.does](node);
      return;
    }
    case "deletePod": {
      const pod = world
        .list("pods")
        .find(({ metadata }) => metadata.namespace === namespace && metadata.labels?.app === actor.app);
      if (pod !== undefined) actors.delete("pods", namespace, pod.metadata.name);
      return;
    }
    case "scale":
    case "restart": {
      const path = `/apis/apps/v1/namespaces/${namespace}/${paths[actor.workload]}/${actor.name}`;
      if (world.get(paths[actor.workload], namespace, actor.name) === undefined) return;
      const restartedAt = { "kubectl.kubernetes.io/restartedAt": timestamp(world.now) };
      const spec =
        actor.does === "scale"
          ? { replicas: actor.replicas }
          : { template: { metadata: { annotations: restartedAt } } };
      actors.request("PATCH", path, { spec });
    }
  }
}

/** kubectl drain asks again after this where a budget says no. */
const retryMs = 5000;

/** kubectl drain --ignore-daemonsets --delete-emptydir-data: cordons, evicts, asks again every five seconds. */
export function drain(stage: Stage, node: string): void {
  const { world, actors } = stage;
  if (world.get("nodes", undefined, node) === undefined) return;
  actors.cordon(node);
  evictAll(stage, node);
}

function evictAll({ world, actors }: Stage, node: string): void {
  const refused = world.cluster.stores.pods
    .onNode(node)
    .filter((pod) => isDrained(pod) && !evict(actors, pod));
  if (refused.length > 0) world.cluster.agenda.after(retryMs, () => evictAll({ world, actors }, node));
}

function isDrained({ metadata }: Pod): boolean {
  if (metadata.deletionTimestamp !== undefined) return false;
  if (metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) return false;
  return metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet") !== true;
}

function evict(actors: Actors, { metadata }: Pod): boolean {
  const { namespace, name } = metadata;
  return actors.tries("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, {
    metadata: { name },
  });
}
