import { isEqualJson } from "../json.ts";
import { type Cluster, newMeta, ownerReference, tell } from "./cluster.ts";
import { kinds } from "./kinds.ts";
import type { Labels } from "./object-types.ts";
import type { PodTemplate } from "./pod-types.ts";
import type { Deployment, ReplicaSet } from "./workload-types.ts";

const hashLabel = "pod-template-hash";
export const revisionAnnotation = "deployment.kubernetes.io/revision";
const historyAnnotation = "deployment.kubernetes.io/revision-history";
const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxAnnotation = "deployment.kubernetes.io/max-replicas";
const keptFromReplicaSets = [
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  historyAnnotation,
  desiredAnnotation,
  maxAnnotation,
  "deprecated.deployment.rollback.to",
];

/** The ReplicaSets of a Deployment. `current` has its template; undefined where there is none yet. */
export interface ReplicaSets {
  readonly current: ReplicaSet | undefined;
  /** Oldest first; those scaled to 0 too. */
  readonly old: readonly ReplicaSet[];
}

export function replicaSetsOf(cluster: Cluster, deployment: Deployment): ReplicaSets {
  const owned = cluster.stores.replicasets.ownedBy(deployment.metadata.uid);
  const template = plainTemplate(deployment.spec.template);
  const current = owned.find((set) => isEqualJson(plainTemplate(set.spec.template), template));
  return { current, old: owned.filter((set) => set !== current) };
}

const plainTemplates = new WeakMap<PodTemplate, PodTemplate>();

/** Without the hash that tells ReplicaSets apart. */
function plainTemplate(template: PodTemplate): PodTemplate {
  const known = plainTemplates.get(template);
  if (known !== undefined) return known;
  const { [hashLabel]: _hash, ...labels } = template.metadata?.labels ?? {};
  const plain = { ...template, metadata: { ...template.metadata, labels } };
  plainTemplates.set(template, plain);
  return plain;
}

/** Whole pods from a number or a percentage of the Deployment. Source: intstrutil.GetScaledValueFromIntOrPercent. */
export function portion(value: number | string, whole: number, round: (value: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) * whole) / 100);
}

export function isRollingUpdate({ spec }: Deployment): boolean {
  return spec.strategy?.type !== "Recreate";
}

/** Source: deployment_util.go MaxSurge. */
export function maxSurge(deployment: Deployment): number {
  if (!isRollingUpdate(deployment)) return 0;
  const { replicas, strategy } = deployment.spec;
  return portion(strategy?.rollingUpdate?.maxSurge ?? "25%", replicas, Math.ceil);
}

/** Both may not be 0: then one pod may be unavailable. Source: deployment_util.go ResolveFenceposts. */
export function maxUnavailable(deployment: Deployment): number {
  const { replicas, strategy } = deployment.spec;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  const wanted = portion(strategy?.rollingUpdate?.maxUnavailable ?? "25%", replicas, Math.floor);
  return Math.min(wanted === 0 && maxSurge(deployment) === 0 ? 1 : wanted, replicas);
}

export function totalReplicas(sets: readonly ReplicaSet[]): number {
  return sets.reduce((sum, set) => sum + set.spec.replicas, 0);
}

/** How many replicas the current ReplicaSet may have now. Source: deployment_util.go NewRSNewReplicas. */
export function allowedReplicas(deployment: Deployment, all: readonly ReplicaSet[], own: number): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment)) return replicas;
  const room = replicas + maxSurge(deployment) - totalReplicas(all);
  return room <= 0 ? own : own + Math.min(room, replicas - own);
}

export function revisionOf(object: { readonly metadata: { readonly annotations?: Labels } }): number {
  return Number(object.metadata.annotations?.[revisionAnnotation] ?? 0);
}

/** The desired size that the ReplicaSet was last scaled for; undefined where it was not written. */
export function desiredOf(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[desiredAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** The most replicas the Deployment could have when the ReplicaSet was last scaled. */
export function maxReplicasOf(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[maxAnnotation];
  return text === undefined ? undefined : Number(text);
}

function sizeAnnotations(deployment: Deployment): Labels {
  const { replicas } = deployment.spec;
  return {
    [desiredAnnotation]: String(replicas),
    [maxAnnotation]: String(replicas + maxSurge(deployment)),
  };
}

/** What a Deployment's annotations hand down to its current ReplicaSet. */
function inherited(deployment: Deployment): Labels {
  const entries = Object.entries(deployment.metadata.annotations ?? {});
  return Object.fromEntries(entries.filter(([key]) => !keptFromReplicaSets.includes(key)));
}

/** Raises the revision where old ones overtook it, and keeps those it had. Source: SetNewReplicaSetAnnotations. */
export function syncCurrent(
  cluster: Cluster,
  deployment: Deployment,
  current: ReplicaSet,
  old: readonly ReplicaSet[],
): ReplicaSet {
  const before = current.metadata.annotations ?? {};
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const annotations: Record<string, string> = { ...before, ...inherited(deployment) };
  if (revisionOf(current) < revision) {
    annotations[revisionAnnotation] = String(revision);
    const last = before[revisionAnnotation];
    const history = before[historyAnnotation];
    if (last !== undefined) annotations[historyAnnotation] = history ? `${history},${last}` : last;
  }
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const isSameReadiness = (current.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (isEqualJson(before, annotations) && isSameReadiness) return current;
  const spec = isSameReadiness ? current.spec : { ...current.spec, minReadySeconds };
  return putSet(cluster, current, { ...current, metadata: { ...current.metadata, annotations }, spec });
}

function putSet(cluster: Cluster, before: ReplicaSet, next: ReplicaSet): ReplicaSet {
  if (next.spec === before.spec) return cluster.stores.replicasets.put(next);
  const generation = (before.metadata.generation ?? 1) + 1;
  return cluster.stores.replicasets.put({ ...next, metadata: { ...next.metadata, generation } });
}

/** Gives the ReplicaSet of the Deployment's template, which is not there yet. */
export function createReplicaSet(
  cluster: Cluster,
  deployment: Deployment,
  old: readonly ReplicaSet[],
): ReplicaSet {
  const hash = cluster.random.suffix(9);
  const { template, selector, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const replicas = allowedReplicas(deployment, old, 0);
  const name = `${deployment.metadata.name}-${hash}`;
  const set = cluster.stores.replicasets.put({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: newMeta(cluster, kinds.replicasets, {
      name,
      namespace: deployment.metadata.namespace ?? "default",
      labels,
      annotations: {
        ...inherited(deployment),
        ...sizeAnnotations(deployment),
        [revisionAnnotation]: String(Math.max(0, ...old.map(revisionOf)) + 1),
      },
      ownerReferences: [ownerReference(deployment)],
    }),
    spec: {
      replicas,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
    },
    status: { replicas: 0 },
  });
  if (replicas > 0) tellScaled(cluster, deployment, name, 0, replicas);
  return set;
}

/** Sets the size; gives whether that changed it. `always`: writes down the Deployment's size even so. */
export function scaleSet(
  cluster: Cluster,
  deployment: Deployment,
  set: ReplicaSet,
  replicas: number,
  always = false,
): boolean {
  const isSameSize = set.spec.replicas === replicas;
  if (isSameSize && !always) return false;
  const before = set.metadata.annotations ?? {};
  const annotations = { ...before, ...sizeAnnotations(deployment) };
  if (isSameSize && isEqualJson(before, annotations)) return false;
  const spec = isSameSize ? set.spec : { ...set.spec, replicas };
  putSet(cluster, set, { ...set, metadata: { ...set.metadata, annotations }, spec });
  if (!isSameSize) tellScaled(cluster, deployment, set.metadata.name, set.spec.replicas, replicas);
  return !isSameSize;
}

function tellScaled(cluster: Cluster, deployment: Deployment, set: string, from: number, to: number): void {
  const message = `Scaled ${from < to ? "up" : "down"} replica set ${set} from ${from} to ${to}`;
  tell(cluster, deployment, ["deployment-controller", "Normal", "ScalingReplicaSet"], message);
}
