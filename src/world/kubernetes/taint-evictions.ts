import { type Cluster, tell } from "./cluster.ts";
import { deletePod } from "./deletion.ts";
import { markDisrupted } from "./disruption-target.ts";
import type { Node, Taint } from "./node-types.ts";
import { isTerminating } from "./pod-state.ts";
import type { Pod } from "./pod-types.ts";
import { tolerationOf } from "./taints.ts";

/** What every pod gets against the two taints of a node that is not Ready; a scenario can shorten it. */
const defaultSeconds = 300;

/** Plays the taint eviction controller: pods leave a node with a NoExecute taint when they tolerate it no longer. */
export function runTaintEvictions(cluster: Cluster): void {
  cluster.stores.nodes.log.observe(({ type, object, previous }) => {
    if (type === "DELETED" || object.spec.taints === previous?.spec.taints) return;
    if (!hasNoExecute(object) && (previous === undefined || !hasNoExecute(previous))) return;
    for (const pod of cluster.stores.pods.onNode(object.metadata.name)) look(cluster, object, pod);
  });
  cluster.stores.pods.log.observe(({ type, object, previous }) => {
    if (type === "DELETED") {
      cluster.agenda.cancel(`taint/${object.metadata.uid}`);
      return;
    }
    const { nodeName } = object.spec;
    const isSame =
      nodeName === previous?.spec.nodeName && object.spec.tolerations === previous?.spec.tolerations;
    if (isSame || nodeName === undefined) return;
    const node = cluster.stores.nodes.get(undefined, nodeName);
    if (node !== undefined && hasNoExecute(node)) look(cluster, node, object);
  });
}

function hasNoExecute({ spec }: Node): boolean {
  return spec.taints?.some(({ effect }) => effect === "NoExecute") === true;
}

/** Source: processPodOnNode. A clock that runs is not set back by taints that come later. */
function look(cluster: Cluster, node: Node, pod: Pod): void {
  const key = `taint/${pod.metadata.uid}`;
  const delay = toleratedMs(cluster, node, pod);
  if (delay === undefined) {
    cluster.agenda.cancel(key);
    return;
  }
  if (delay === 0) cluster.agenda.cancel(key);
  cluster.agenda.once(key, delay, () => evict(cluster, pod.metadata.uid));
}

/** How long the pod may stay; undefined: for ever. */
function toleratedMs(cluster: Cluster, { spec }: Node, pod: Pod): number | undefined {
  let shortest: number | undefined;
  for (const taint of spec.taints ?? []) {
    if (taint.effect !== "NoExecute") continue;
    const found = tolerationOf(taint, pod.spec.tolerations);
    if (found === undefined) return 0;
    if (found.tolerationSeconds === undefined) continue;
    const time = msOf(cluster, taint, found.tolerationSeconds);
    shortest = Math.min(shortest ?? time, time);
  }
  return shortest;
}

function msOf(cluster: Cluster, { key }: Taint, seconds: number): number {
  const isDefault = seconds === defaultSeconds && key.startsWith("node.kubernetes.io/");
  return isDefault ? cluster.timings.unreachableEvictionMs : Math.max(0, seconds * 1000);
}

function evict(cluster: Cluster, uid: string): void {
  const pod = cluster.stores.pods.getByUid(uid);
  if (pod === undefined || isTerminating(pod)) return;
  const { namespace = "", name } = pod.metadata;
  const message = `Marking for deletion Pod ${namespace}/${name}`;
  tell(cluster, pod, ["taint-eviction-controller", "Normal", "TaintManagerEviction"], message);
  const marked = markDisrupted(
    cluster,
    pod,
    "DeletionByTaintManager",
    "Taint manager: deleting due to NoExecute taint",
  );
  deletePod(cluster, marked);
}
