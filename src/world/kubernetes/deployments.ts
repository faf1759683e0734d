import { isEqualJson } from "../json.ts";
import { type Cluster, newMeta, ownerReference } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import type { Deployment, PodTemplate, ReplicaSet } from "./types.ts";

const hashLabel = "pod-template-hash";

/** Plays the Deployment controller: one ReplicaSet a template, rolling updates, the status. */
export function runDeployments(cluster: Cluster): void {
  const { deployments, replicasets } = cluster.stores;
  deployments.log.observe(({ type, object, previous }) => {
    if (type !== "DELETED" && object.spec !== previous?.spec) wake(cluster, object.metadata.uid);
  });
  replicasets.log.observe(({ object }) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
    if (owner?.kind === "Deployment") wake(cluster, owner.uid);
  });
}

function wake(cluster: Cluster, uid: string): void {
  cluster.agenda.once(`deployment/${uid}`, 10, () => {
    const deployment = cluster.stores.deployments.getByUid(uid);
    if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return;
    reconcile(cluster, deployment);
  });
}

function reconcile(cluster: Cluster, deployment: Deployment): void {
  if (deployment.spec.paused !== true) roll(cluster, deployment);
  writeStatus(cluster, deployment);
}

function roll(cluster: Cluster, deployment: Deployment): void {
  const owned = cluster.stores.replicasets.ownedBy(deployment.metadata.uid);
  const current =
    owned.find((set) =>
      isEqualJson(plainTemplate(set.spec.template), plainTemplate(deployment.spec.template)),
    ) ?? createReplicaSet(cluster, deployment, owned.length === 0);
  const old = owned.filter((set) => set.metadata.uid !== current.metadata.uid && set.spec.replicas > 0);
  if (old.length === 0) {
    scale(cluster, current, deployment.spec.replicas);
    return;
  }
  rollOver(cluster, deployment, current, old);
}

/** One move of a rolling update: up as far as maxSurge allows, down as far as maxUnavailable allows. */
function rollOver(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): void {
  const wanted = deployment.spec.replicas;
  const rolling = deployment.spec.strategy?.rollingUpdate;
  const surge = portion(rolling?.maxSurge ?? "25%", wanted, Math.ceil);
  const unavailable = portion(rolling?.maxUnavailable ?? "25%", wanted, Math.floor);
  const total = current.spec.replicas + old.reduce((sum, set) => sum + set.spec.replicas, 0);
  const up = Math.min(wanted - current.spec.replicas, wanted + surge - total);
  if (up > 0) scale(cluster, current, current.spec.replicas + up);
  const floor = wanted - Math.max(unavailable, surge === 0 ? 1 : 0);
  const planned = total + Math.max(0, up);
  const unavailableNew = current.spec.replicas + Math.max(0, up) - (current.status.availableReplicas ?? 0);
  const available = [current, ...old].reduce((sum, set) => sum + (set.status.availableReplicas ?? 0), 0);
  let down = Math.min(available - floor, planned - floor - unavailableNew);
  for (const set of old) {
    const step = Math.min(down, set.spec.replicas);
    if (step <= 0) break;
    scale(cluster, set, set.spec.replicas - step);
    down -= step;
  }
}

function portion(value: number | string, whole: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) / 100) * whole);
}

function plainTemplate(template: PodTemplate): PodTemplate {
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function scale(cluster: Cluster, set: ReplicaSet, replicas: number): void {
  if (set.spec.replicas === replicas) return;
  cluster.stores.replicasets.put({
    ...set,
    metadata: { ...set.metadata, generation: (set.metadata.generation ?? 1) + 1 },
    spec: { ...set.spec, replicas },
  });
}

function createReplicaSet(cluster: Cluster, deployment: Deployment, isFirst: boolean): ReplicaSet {
  const hash = cluster.random.suffix(9);
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return cluster.stores.replicasets.put({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: newMeta(cluster, kinds.replicasets, {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? "default",
      labels,
      annotations: { "deployment.kubernetes.io/revision": isFirst ? "1" : "2" },
      ownerReferences: [ownerReference(deployment)],
    }),
    spec: {
      replicas: isFirst ? deployment.spec.replicas : 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
    status: { replicas: 0 },
  });
}

function writeStatus(cluster: Cluster, deployment: Deployment): void {
  const owned = cluster.stores.replicasets.ownedBy(deployment.metadata.uid);
  const sum = (read: (set: ReplicaSet) => number | undefined): number =>
    owned.reduce((total, set) => total + (read(set) ?? 0), 0);
  const newest = owned.at(-1);
  const available = sum((set) => set.status.availableReplicas);
  const status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: sum((set) => set.status.replicas),
    updatedReplicas: newest?.status.replicas ?? 0,
    readyReplicas: sum((set) => set.status.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, deployment.spec.replicas - available),
  };
  const { conditions: _conditions, ...before } = deployment.status;
  if (isEqualJson(before, status)) return;
  cluster.stores.deployments.put({ ...deployment, status });
}
