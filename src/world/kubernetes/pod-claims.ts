import type { Cluster } from "./cluster.ts";
import type { NodeSelector, Pod } from "./pod-types.ts";

/** What a pod's claims say about where it may go. */
export interface PodClaims {
  /** Node affinities of the volumes that the claims are bound to. */
  readonly volumes: readonly NodeSelector[];
  /** Why no node at all can take the pod, in the scheduler's words; undefined: its claims are there. */
  readonly barrier: string | undefined;
}

const none: PodClaims = { volumes: [], barrier: undefined };

/** Source: kube-scheduler's volumebinding plugin, podHasPVCs and the filter. */
export function claimsOf(cluster: Cluster, pod: Pod): PodClaims {
  if (pod.spec.volumes === undefined) return none;
  const { persistentvolumeclaims, persistentvolumes } = cluster.stores;
  const volumes: NodeSelector[] = [];
  for (const { persistentVolumeClaim } of pod.spec.volumes) {
    const name = persistentVolumeClaim?.claimName;
    if (name === undefined) continue;
    const claim = persistentvolumeclaims.get(pod.metadata.namespace, name);
    if (claim === undefined) return { volumes, barrier: `persistentvolumeclaim "${name}" not found` };
    if (claim.metadata.deletionTimestamp !== undefined) {
      return { volumes, barrier: `persistentvolumeclaim "${name}" is being deleted` };
    }
    const { volumeName } = claim.spec;
    const bound = volumeName === undefined ? undefined : persistentvolumes.get(undefined, volumeName);
    const required = bound?.spec.nodeAffinity?.required;
    if (required !== undefined) volumes.push(required);
  }
  return { volumes, barrier: undefined };
}
