import type { Pod, Workload } from "#model/objects.ts";
import type { SnapshotStore } from "#model/snapshot-store.ts";
import { judgeReplacement, type ReplacementAnswer, type ReplacementQuestion } from "#rules/replaced.ts";
import { aPod, refOf } from "#test/builders/a-pod.ts";
import { aSnapshot } from "#test/builders/a-snapshot.ts";
import { aDeployment, aReplicaSet } from "#test/builders/a-workload.ts";
import { timeAfter } from "#test/builders/fixed.ts";

/** A victim and the cluster after its eviction. */
export interface Scene {
  readonly snapshot: SnapshotStore;
  readonly victim: Pod;
  readonly owner: Workload | null;
  readonly before?: number | null;
}

export type Options = Partial<Pick<ReplacementQuestion, "stableForSeconds" | "readyForSeconds">>;

export function judge(
  { snapshot, victim, owner, before = 3 }: Scene,
  options: Options = {},
): ReplacementAnswer {
  return judgeReplacement({
    snapshot,
    victim: { namespace: victim.namespace, name: victim.name, uid: victim.uid, node: victim.nodeName },
    owner: owner && refOf(owner),
    availableBefore: before,
    stableForSeconds: 0,
    readyForSeconds: () => 3_600,
    ...options,
  });
}

export const textOf = (answer: ReplacementAnswer): string =>
  answer.kind === "waiting"
    ? `${answer.reason.code} ${answer.reason.message}`
    : `${answer.code} ${answer.message}`;

export const terminating = (pod: Pod): Pod => ({ ...pod, deletionAt: timeAfter(30) });
export const unready = (pod: Pod, fields: Partial<Pod> = {}): Pod => ({ ...pod, ready: false, ...fields });

/** Deployment web of 3 whose web-1 has been evicted; its pods are left to the test. */
export function evictedFromDeployment(fields: Partial<Workload> = {}) {
  const web = aDeployment(fields);
  const set = aReplicaSet(web);
  const pod = (name: string, more: Partial<Pod> = {}): Pod =>
    aPod({ of: set, name, nodeName: "node-2", ...more });
  const victim = aPod({ of: set, name: "web-1" });
  const snapshot = aSnapshot({
    workloads: [web, set],
    pods: [terminating(victim), pod("web-2"), pod("web-3")],
  });
  return { web, set, pod, snapshot, victim, owner: web };
}
