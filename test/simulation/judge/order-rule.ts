import type { RunEvent } from "#model/run.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Deployment } from "#world/kubernetes/workload-types.ts";
import type { LoggedRequest, WorldChange } from "#world/world.ts";
import type { Court, Effect, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";
import { isReady, isServing, type Owner, ownerNow, ownerOf, podsOf } from "./truth.ts";

/** What an eviction took and the workload has not got back yet. */
interface Debt {
  readonly owner: Owner;
  readonly pod: string;
  readonly target: number;
  readonly needMs: number;
}

/** I9: a workload gets back what was taken before more is taken, and no more pods move at once than planned. */
export class OrderRule implements Rule {
  readonly #court: Court;
  readonly #slack: number;
  readonly #believedToServe: (isOne: (pod: Pod) => boolean) => number;
  #debts: Debt[] = [];
  /** "NAMESPACE/POD" → whose it was when it was evicted, and when a workload's size was last changed. */
  readonly #owners = new Map<string, Owner>();
  readonly #resizedAt = new Map<string, number>();
  /** Owner → [time, serving] of the past while, newest last. */
  readonly #history = new Map<string, (readonly [number, number])[]>();

  /** believedToServe: how many such pods serve no more, and a careful reader could not know it. */
  constructor(court: Court, believedToServe: (isOne: (pod: Pod) => boolean) => number) {
    this.#court = court;
    this.#believedToServe = believedToServe;
    this.#slack = court.circumstances.areClocksRight ? 1 : 0;
  }

  changed(change: WorldChange): void {
    const { world } = this.#court;
    if (change.plural === "deployments" || change.plural === "statefulsets") {
      const [is, was] = [change.object as Deployment, change.previous as Deployment | undefined];
      if (is.spec.replicas !== was?.spec.replicas) this.#resizedAt.set(is.metadata.uid, change.time);
      this.#settle(change.object.metadata.uid, change.time);
      return;
    }
    if (change.plural !== "pods") return;
    const [pod, before] = [change.object as Pod, change.previous as Pod | undefined];
    const is = change.type !== "DELETED" && isServing(pod);
    if (is === (before !== undefined && isServing(before))) return;
    const owner = ownerOf(pod, world);
    if (!owner) return;
    // What is gone now served until now.
    this.#settle(owner.uid, change.time, before && isServing(before) ? before : undefined);
    const serving = podsOf(owner, world).filter(isServing).length;
    const known = this.#history.get(owner.uid) ?? [[0, is ? serving - 1 : serving + 1] as const];
    const since = change.time - this.#court.circumstances.viewLagMs;
    while (known.length > 1 && (known[1]?.[0] ?? 0) < since) known.shift();
    known.push([change.time, serving]);
    this.#history.set(owner.uid, known);
  }

  #settle(ownerUid: string, now: number, gone?: Pod): void {
    if (this.#debts.length === 0) return;
    this.#debts = this.#debts.filter((debt) => debt.owner.uid !== ownerUid || !this.#isPaid(debt, now, gone));
  }

  #isPaid({ owner, target, needMs }: Debt, now: number, gone?: Pod): boolean {
    const { world } = this.#court;
    const current = ownerNow(owner, world);
    if (!current || current.replicas === 0) return true;
    const serving = podsOf(owner, world).filter(isServing);
    const all =
      gone && !serving.some((pod) => pod.metadata.uid === gone.metadata.uid) ? [...serving, gone] : serving;
    const isMature = (pod: Pod): boolean => readySince(pod) + needMs <= now;
    const wanted = Math.min(current.replicas, target);
    const available = all.filter(isMature).length;
    if (available >= wanted) return true;
    const isBelieved = (pod: Pod): boolean => isMature(pod) && ownerOf(pod, world)?.uid === owner.uid;
    return available + this.#believedToServe(isBelieved) >= wanted;
  }

  applied(suspect: Suspect, logged: LoggedRequest, effect: Effect): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "evict" || write.uid === undefined || !isSuccess(logged)) return;
    if (!effect.turned.includes(write.uid) || !suspect.plan) return;
    const { world } = this.#court;
    const { spec } = suspect.plan.content;
    const pod = world.cluster.stores.pods.getByUid(write.uid) ?? undefined;
    const owner = pod && ownerOf(pod, world);
    if (!owner || spec.pods.unplaceable === "awaitNode" || spec.nodes.unreachable === "terminate") return;
    this.#debts = this.#debts.filter((debt) => !this.#isPaid(debt, logged.time));
    const open = this.#debts.length;
    if (open >= spec.limits.podsInParallel) {
      const names = this.#debts.map((debt) => debt.pod).join(", ");
      this.#court.report(
        "I9",
        `${suspect.name} evicted ${write.name} while ${names} are not replaced (${spec.limits.podsInParallel} may be)`,
      );
    }
    const needMs = Math.max(owner.minReadySeconds, spec.pods.stableForSeconds) * 1000 * this.#slack;
    const target = this.#servedBefore(owner, logged.time);
    this.#debts.push({ owner, pod: write.name, target, needMs });
    this.#owners.set(`${write.namespace}/${write.name}`, owner);
  }

  /** I11: nobody waits in vain for a workload that long has all the pods that it asks for. */
  told(suspect: Suspect, event: RunEvent): void {
    if (event.kind !== "Recorded" || event.entry.record.kind !== "StepResult") return;
    if (this.#court.circumstances.mayBeDeaf) return;
    const { step, code } = event.entry.record;
    const pod = /\/await\/([^/]+\/[^/@]+)/.exec(step)?.[1];
    const owner = code === "E-REPLACEMENT-TIMEOUT" && pod !== undefined ? this.#owners.get(pod) : undefined;
    const { world, circumstances } = this.#court;
    const now = owner && ownerNow(owner, world);
    if (!now) return;
    const needMs =
      Math.max(now.minReadySeconds, suspect.plan?.content.spec.pods.stableForSeconds ?? 0) * 1000;
    const since = world.now - needMs - 2 * circumstances.viewLagMs;
    const serving = podsOf(now, world).filter((one) => isServing(one) && readySince(one) <= since);
    if (serving.length < now.replicas || (this.#resizedAt.get(now.uid) ?? 0) > since) return;
    this.#court.report(
      "I11",
      `${suspect.name} gave up ${step}: ${now.name} has the ${now.replicas} pods that it asks for`,
    );
  }

  /** The least that served, the victim counted, in the time that a view may lag behind. */
  #servedBefore(owner: Owner, now: number): number {
    const known = (this.#history.get(owner.uid) ?? []).filter(([at]) => at < now);
    if (known.length > 0) return Math.min(...known.map(([, serving]) => serving));
    return podsOf(owner, this.#court.world).filter(isServing).length + 1;
  }
}

function readySince(pod: Pod): number {
  const ready = pod.status.conditions?.find((one) => one.type === "Ready");
  return isReady(pod) ? Date.parse(ready?.lastTransitionTime ?? "") || 0 : Number.POSITIVE_INFINITY;
}
