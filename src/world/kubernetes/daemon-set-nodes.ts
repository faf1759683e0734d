import type { Cluster } from "./cluster.ts";
import { isWantedNode } from "./node-affinity.ts";
import type { Node } from "./node-types.ts";
import { isAvailable, isFinished, isReady, isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { daemonTolerations, isTolerated } from "./taints.ts";
import type { DaemonSet } from "./workload-types.ts";

/** Where the pods of a DaemonSet are and should be, at one moment. */
export interface DaemonLook {
  readonly cluster: Cluster;
  readonly set: DaemonSet;
  /** Of the template now. */
  readonly hash: string;
  readonly pods: readonly Pod[];
  /** Node name → pods there or on their way there, those that run first, then the oldest first. */
  readonly podsByNode: ReadonlyMap<string, readonly Pod[]>;
  /** Names of nodes where a pod should run, in their order. */
  readonly wanted: ReadonlySet<string>;
  /** Names of nodes where pods may go on running. */
  readonly allowed: ReadonlySet<string>;
}

export function surveyDaemons(cluster: Cluster, set: DaemonSet, hash: string): DaemonLook {
  const pods = cluster.stores.pods.ownedBy(set.metadata.uid);
  const podsByNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetOf(pod);
    const here = podsByNode.get(node);
    if (here === undefined) podsByNode.set(node, [pod]);
    else here.push(pod);
  }
  for (const here of podsByNode.values()) if (here.length > 1) here.sort(byAge);
  const wanted = new Set<string>();
  const allowed = new Set<string>();
  for (const node of cluster.stores.nodes.all()) {
    const run = mayRun(set, node);
    if (run === "yes") wanted.add(node.metadata.name);
    if (run !== "no") allowed.add(node.metadata.name);
  }
  return { cluster, set, hash, pods, podsByNode, wanted, allowed };
}

/** The node that a pod of a DaemonSet is on, or held to by its affinity. */
function targetOf(pod: Pod): string {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return pod.spec.nodeName ?? required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? "";
}

function byAge(left: Pod, right: Pod): number {
  const isBound = (pod: Pod): number => (pod.spec.nodeName === undefined ? 1 : 0);
  if (isBound(left) !== isBound(right)) return isBound(left) - isBound(right);
  const [one, two] = [left.metadata.creationTimestamp, right.metadata.creationTimestamp];
  return one < two ? -1 : one > two ? 1 : 0;
}

/** Source: NodeShouldRunDaemonPod. */
export function mayRun(set: DaemonSet, node: Node): "yes" | "goOn" | "no" {
  const { spec } = set.spec.template;
  if (!isWantedNode(spec, node)) return "no";
  const { taints } = node.spec;
  if (taints === undefined) return "yes";
  const tolerations = [...(spec.tolerations ?? []), ...daemonTolerations];
  const repelling = taints.filter(
    (taint) => taint.effect !== "PreferNoSchedule" && !isTolerated(taint, tolerations),
  );
  if (repelling.length === 0) return "yes";
  return repelling.some(({ effect }) => effect === "NoExecute") ? "no" : "goOn";
}

export function isUpdated({ hash }: DaemonLook, pod: Pod): boolean {
  return pod.metadata.labels?.["controller-revision-hash"] === hash;
}

export function isPodAvailable({ cluster, set }: DaemonLook, pod: Pod): boolean {
  return isAvailable(pod, set.spec.minReadySeconds ?? 0, cluster.agenda.now);
}

/** May old and new pods be on a node at once? Source: util.AllowsSurge. */
export function allowsSurge({ set }: DaemonLook): boolean {
  const { updateStrategy } = set.spec;
  const surge = updateStrategy?.rollingUpdate?.maxSurge ?? 0;
  return updateStrategy?.type !== "OnDelete" && surge !== 0 && surge !== "0%";
}

export function missingNodes(look: DaemonLook): readonly string[] {
  const surge = allowsSurge(look);
  return [...look.wanted].filter((node) => {
    const here = look.podsByNode.get(node);
    if (here === undefined) return true;
    return surge && here.every((pod) => isTerminating(pod) || isFinished(pod));
  });
}

/** Source: podsShouldBeOnNode, getUnscheduledPodsWithoutNode. */
export function excessPods(look: DaemonLook): readonly Pod[] {
  const excess: Pod[] = [];
  for (const [node, here] of look.podsByNode) {
    const standing = here.filter((pod) => !isTerminating(pod));
    if (!look.allowed.has(node)) {
      if (look.cluster.stores.nodes.get(undefined, node) !== undefined) excess.push(...standing);
      else excess.push(...standing.filter(({ spec }) => spec.nodeName === undefined));
      continue;
    }
    excess.push(...standing.filter(isFinished));
    const running = standing.filter((pod) => !isFinished(pod));
    excess.push(...(allowsSurge(look) ? surgeExcess(look, running) : running.slice(1)));
  }
  return excess;
}

function surgeExcess(look: DaemonLook, running: readonly Pod[]): readonly Pod[] {
  const [fresh, ...moreFresh] = running.filter((pod) => isUpdated(look, pod));
  const [old, ...moreOld] = running.filter((pod) => !isUpdated(look, pod));
  const isReplaced =
    fresh !== undefined && old !== undefined && (!isReady(old) || isPodAvailable(look, fresh));
  return [...moreFresh, ...moreOld, ...(isReplaced ? [old] : [])];
}
