import type { Node, Taint } from "#world/kubernetes/node-types.ts";
import { isTerminating } from "#world/kubernetes/pod-state.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { ClusterAutoscalerActor, SpotInterruptionActor } from "../scenario-actors.ts";
import { findNode, milliseconds, repeat, type Stage } from "./people.ts";

const spotTaint: Taint = { key: "aws-node-termination-handler/spot-itn", effect: "NoSchedule" };
const candidateTaint: Taint = { key: "DeletionCandidateOfClusterAutoscaler", effect: "PreferNoSchedule" };
const deletedTaint: Taint = { key: "ToBeDeletedByClusterAutoscaler", effect: "NoSchedule" };

function instanceOf(node: Node): string {
  return node.spec.providerID?.split("/").at(-1) ?? "";
}

function setTaint({ actors }: Stage, node: Node, taint: Taint, isThere: boolean): void {
  const others = (node.spec.taints ?? []).filter(({ key }) => key !== taint.key);
  const taints = isThere ? [...others, taint] : others;
  if (taints.length === (node.spec.taints ?? []).length) return;
  actors.request("PATCH", `/api/v1/nodes/${node.metadata.name}`, {
    spec: { taints: taints.length === 0 ? null : taints },
  });
}

export function startSpotInterruption(stage: Stage, actor: SpotInterruptionActor): void {
  stage.world.cluster.agenda.after(milliseconds(actor.at), () => {
    const node = findNode(stage.world, actor.node);
    if (node === undefined) return;
    setTaint(stage, node, spotTaint, true);
    stage.actors.interruptSpot(instanceOf(node));
  });
}

/** Node name → since when it is empty, ms since epoch. */
type Unneeded = Map<string, number>;

export function startClusterAutoscaler(stage: Stage, actor: ClusterAutoscalerActor): void {
  const unneeded: Unneeded = new Map();
  repeat(stage.world, milliseconds(actor.every ?? "10s"), actor.times, () => {
    if (!growGroup(stage, actor)) shrinkGroup(stage, actor, unneeded);
  });
}

/** One instance more while pods fit nowhere and none is on its way. */
function growGroup({ world, actors }: Stage, { group: name }: ClusterAutoscalerActor): boolean {
  const waiting = world
    .list("pods")
    .filter(({ spec, status }) => spec.nodeName === undefined && isUnschedulable(status.conditions));
  if (waiting.length === 0) return false;
  const group = actors.group(name);
  const ready = world.list("nodes").filter(({ metadata }) => isOfGroup(metadata.labels, name));
  if (ready.length >= group.desired && group.desired < group.max) actors.setDesired(name, group.desired + 1);
  return true;
}

function isUnschedulable(conditions: Pod["status"]["conditions"]): boolean {
  return conditions?.some(({ reason }) => reason === "Unschedulable") === true;
}

function isOfGroup(labels: Readonly<Record<string, string>> | undefined, group: string): boolean {
  return labels?.["kops.k8s.io/instancegroup"] === group;
}

/** Marks empty nodes, and ends those that have long been empty, one a look. */
function shrinkGroup(stage: Stage, actor: ClusterAutoscalerActor, unneeded: Unneeded): void {
  const { world, actors } = stage;
  const { now } = world;
  const group = actors.group(actor.group);
  const limit = milliseconds(actor.unneededFor ?? "10m");
  const nodes = world.list("nodes").filter(({ metadata }) => isOfGroup(metadata.labels, actor.group));
  for (const node of nodes) {
    const { name, annotations } = node.metadata;
    const isKept = annotations?.["cluster-autoscaler.kubernetes.io/scale-down-disabled"] === "true";
    if (isKept || !isEmpty(stage, name) || group.desired <= group.min) {
      if (unneeded.delete(name)) setTaint(stage, node, candidateTaint, false);
      continue;
    }
    const since = unneeded.get(name) ?? now;
    unneeded.set(name, since);
    if (now - since < limit) {
      setTaint(stage, node, candidateTaint, true);
      continue;
    }
    unneeded.delete(name);
    setTaint(stage, node, deletedTaint, true);
    actors.aws("TerminateInstanceInAutoScalingGroup", {
      InstanceId: instanceOf(node),
      ShouldDecrementDesiredCapacity: true,
    });
    return;
  }
}

/** Pods of DaemonSets and mirror pods keep no node. */
function isEmpty({ world }: Stage, node: string): boolean {
  return world.cluster.stores.pods
    .onNode(node)
    .every(
      (pod) =>
        isTerminating(pod) ||
        pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet" || kind === "Node") === true,
    );
}
