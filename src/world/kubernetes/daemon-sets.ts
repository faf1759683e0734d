import { type Cluster, draw, tell } from "./cluster.ts";
import { forgetRevisions, syncRevisions } from "./controller-revisions.ts";
import { type DaemonLook, excessPods, mayRun, missingNodes, surveyDaemons } from "./daemon-set-nodes.ts";
import { planRollout } from "./daemon-set-rollout.ts";
import { writeDaemonStatus } from "./daemon-set-status.ts";
import { deletePod } from "./deletion.ts";
import type { Node } from "./node-types.ts";
import { createPod } from "./pod-factory.ts";
import { noteRefusal, refusalOf } from "./pod-refusals.ts";
import { changesCounts } from "./pod-state.ts";
import type { Pod, PodSpec } from "./pod-types.ts";
import { isNamespaceTerminating } from "./replica-sets.ts";
import { controllerOf } from "./store-index.ts";
import { daemonTolerations } from "./taints.ts";
import type { DaemonSet } from "./workload-types.ts";

/** Plays the DaemonSet controller: one pod on each node that its template tolerates, cordoned ones too; rollouts. */
export function runDaemonSets(cluster: Cluster): void {
  const { daemonsets, pods, nodes } = cluster.stores;
  daemonsets.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wake(cluster, object.metadata.uid);
  });
  pods.log.observe((entry) => {
    if (!changesCounts(entry)) return;
    const { object } = entry;
    const owner = controllerOf(object);
    if (owner?.kind === "DaemonSet") wake(cluster, owner.uid);
  });
  // of a deleted Node its pods tell, when they are collected
  nodes.log.observe(({ type, object, previous }) => {
    const isSame = object.spec === previous?.spec && object.metadata.labels === previous?.metadata.labels;
    if (isSame || type === "DELETED") return;
    const owners = new Set(pods.onNode(object.metadata.name).map((pod) => controllerOf(pod)?.uid));
    for (const set of daemonsets.all()) {
      if (concerns(set, object, owners.has(set.metadata.uid))) wake(cluster, set.metadata.uid);
    }
  });
}

/**
 * Whether a DaemonSet is looked at again for this change of a node. One that is closed to new pods alone does
 * not: what the status says of it stays. Source: syncNodeUpdate.
 */
function concerns(set: DaemonSet, node: Node, hasPod: boolean): boolean {
  const run = mayRun(set, node);
  if (!hasPod) return run === "yes";
  return run === "no" || (set.status?.numberMisscheduled ?? 0) > 0;
}

export function wakeDaemonSet(cluster: Cluster, uid: string): void {
  wake(cluster, uid);
}

function wake(
  cluster: Cluster,
  uid: string,
  key = "daemonset",
  delay = draw(cluster, cluster.timings.controllerMs),
): void {
  cluster.agenda.once(`${key}/${uid}`, delay, () => {
    const set = cluster.stores.daemonsets.getByUid(uid);
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
    if (!isNamespaceTerminating(cluster, set)) reconcile(cluster, set);
  });
}

function reconcile(cluster: Cluster, set: DaemonSet): void {
  const revisions = syncRevisions(cluster, set, "controller-revision-hash");
  const hash = revisions.update.metadata.labels?.["controller-revision-hash"] ?? "";
  const look = surveyDaemons(cluster, set, hash);
  const missing = missingNodes(look);
  const excess = excessPods(look);
  for (const pod of excess) deleteDaemonPod(cluster, set, pod);
  createDaemonPods(look, missing);
  if (set.spec.updateStrategy?.type !== "OnDelete" && missing.length + excess.length === 0) {
    const { deletions, nodes } = planRollout(look);
    for (const pod of deletions) deleteDaemonPod(cluster, set, pod);
    createDaemonPods(look, nodes);
  }
  const ripening = writeDaemonStatus(surveyDaemons(cluster, set, hash));
  if (ripening !== undefined) wake(cluster, set.metadata.uid, "daemonset-available", ripening);
  const limit = set.spec.revisionHistoryLimit ?? 10;
  if (revisions.all.length <= limit) return;
  const used = new Set(look.pods.map((pod) => pod.metadata.labels?.["controller-revision-hash"]));
  forgetRevisions(
    cluster,
    revisions,
    (one) => one === revisions.update || used.has(one.metadata.labels?.["controller-revision-hash"]),
    limit,
  );
}

function deleteDaemonPod(cluster: Cluster, set: DaemonSet, pod: Pod): void {
  deletePod(cluster, pod);
  const message = `Deleted pod: ${pod.metadata.name}`;
  tell(cluster, set, ["daemonset-controller", "Normal", "SuccessfulDelete"], message);
}

function createDaemonPods(look: DaemonLook, nodes: readonly string[]): void {
  if (nodes.length === 0) return;
  const { cluster, set } = look;
  const { name, namespace = "default", uid } = set.metadata;
  const refusal = refusalOf(cluster, { namespace, name: `${name}-`, spec: set.spec.template.spec });
  if (refusal === undefined) for (const node of nodes) createDaemonPod(look, node);
  else {
    const message = `Error creating: ${refusal}`;
    const lookAgain = (): void => wakeDaemonSet(cluster, uid);
    noteRefusal(cluster, set, { component: "daemonset-controller", message, lookAgain });
  }
}

/** Held to its node by an affinity, and bound by the scheduler. Source: ReplaceDaemonSetPodNodeNameNodeAffinity. */
function createDaemonPod({ cluster, set, hash }: DaemonLook, node: string): void {
  const { template } = set.spec;
  const generateName = `${set.metadata.name}-`;
  const own = template.spec.affinity;
  const required = own?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const matchFields = [{ key: "metadata.name", operator: "In", values: [node] }];
  const terms = required?.nodeSelectorTerms.map((term) => ({ ...term, matchFields })) ?? [{ matchFields }];
  const nodeAffinity = {
    ...own?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
  };
  const spec: PodSpec = {
    ...template.spec,
    affinity: { ...own, nodeAffinity },
    tolerations: [...(template.spec.tolerations ?? []), ...daemonTolerations],
  };
  const pod = createPod(cluster, set, {
    generateName,
    namespace: set.metadata.namespace ?? "default",
    template: { ...template, spec },
    labels: { "controller-revision-hash": hash, "pod-template-generation": templateGeneration(set) },
  });
  const message = `Created pod: ${pod.metadata.name}`;
  tell(cluster, set, ["daemonset-controller", "Normal", "SuccessfulCreate"], message);
}

function templateGeneration(set: DaemonSet): string {
  return set.metadata.annotations?.["deprecated.daemonset.template.generation"] ?? "1";
}
