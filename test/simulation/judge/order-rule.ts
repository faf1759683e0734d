import type { Plan } from "#model/plan.ts";
import type { RunEvent } from "#model/run.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { Deployment } from "#world/kubernetes/workload-types.ts";
import type { LoggedRequest, WorldChange } from "#world/world.ts";
import type { Court, Effect, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";
import { creditorOf, isCounted, isServing, type Owner, ownerNow, podsOf, readySince } from "./truth.ts";

/** Of true time, on the fastest of clocks. */
const FASTEST = 0.79;

/** What an eviction took and the workload has not got back yet. */
interface Debt {
  readonly owner: Owner;
  /** The digest of the plan for which it was taken. */
  readonly plan: string;
  readonly pod: string;
  readonly target: number;
  readonly needMs: number;
}

/** I9: a workload gets back what was taken before more is taken, and no more pods move at once than planned. */
export class OrderRule implements Rule {
  readonly #court: Court;
  readonly #believedToServe: (isOne: (pod: Pod) => boolean) => number;
  #debts: Debt[] = [];
  /** "NAMESPACE/POD" → whose it was when it was evicted, and when a workload's size was last changed. */
  readonly #owners = new Map<string, Owner>();
  readonly #resizedAt = new Map<string, number>();
  /** Owner → when all that was taken from it was last back; and who has seen that: "CLIENT OWNER". */
  readonly #paidAt = new Map<string, number>();
  readonly #seenAt = new Map<string, number>();
  /** Owner → [time, serving] of the past while, newest last. */
  readonly #history = new Map<string, (readonly [number, number])[]>();

  /** believedToServe: how many such pods serve no more, and a careful reader could not know it. */
  constructor(court: Court, believedToServe: (isOne: (pod: Pod) => boolean) => number) {
    this.#court = court;
    this.#believedToServe = believedToServe;
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
    const is = change.type !== "DELETED" && isCounted(pod);
    if (is === (before !== undefined && isCounted(before))) return;
    const owner = creditorOf(pod, world);
    if (!owner) return;
    // What is gone now served until now.
    this.#settle(owner.uid, change.time, before && isCounted(before) ? before : undefined);
    const serving = podsOf(owner, world).filter(isCounted).length;
    const known = this.#history.get(owner.uid) ?? [[0, is ? serving - 1 : serving + 1] as const];
    const since = change.time - this.#court.circumstances.viewLagMs;
    while (known.length > 1 && (known[1]?.[0] ?? 0) < since) known.shift();
    known.push([change.time, serving]);
    this.#history.set(owner.uid, known);
  }

  #settle(ownerUid: string, now: number, gone?: Pod): void {
    if (!this.#debts.some((debt) => debt.owner.uid === ownerUid)) return;
    this.#debts = this.#debts.filter((debt) => debt.owner.uid !== ownerUid || !this.#isPaid(debt, now, gone));
    if (!this.#debts.some((debt) => debt.owner.uid === ownerUid)) this.#paidAt.set(ownerUid, now);
  }

  #isPaid({ owner, pod: taken, target, needMs }: Debt, now: number, gone?: Pod): boolean {
    const { world } = this.#court;
    const current = ownerNow(owner, world);
    if (!current || current.replicas === 0) return true;
    const serving = podsOf(owner, world).filter(isCounted);
    const all =
      gone && !serving.some((pod) => pod.metadata.uid === gone.metadata.uid) ? [...serving, gone] : serving;
    const isMature = (pod: Pod): boolean =>
      owner.kind === "Job" || readySince(pod) + needMs * this.#shareSurelySeen(pod) <= now;
    const wanted = Math.min(current.replicas, target);
    const available = all.filter(isMature);
    const isBelieved = (pod: Pod): boolean => isMature(pod) && creditorOf(pod, world)?.uid === owner.uid;
    if (available.length < wanted && available.length + this.#believedToServe(isBelieved) < wanted)
      return false;
    // A StatefulSet's pods are no crowd: the one of that name has to be back.
    if (owner.kind !== "StatefulSet" || Number(/\d+$/.exec(taken)?.[0]) >= current.replicas || wanted === 0)
      return true;
    const isTaken = ({ metadata }: Pod): boolean => metadata.name === taken;
    return available.some(isTaken) || this.#believedToServe((pod) => isBelieved(pod) && isTaken(pod)) > 0;
  }

  /** Where clocks are wrong, what was Ready before a process looked may be taken for much older than it is. */
  #shareSurelySeen(pod: Pod): number {
    if (this.#court.circumstances.areClocksRight) return 1;
    return readySince(pod) > this.#court.newestViewAt ? FASTEST : 0;
  }

  applied(suspect: Suspect, logged: LoggedRequest, effect: Effect): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "evict" || write.uid === undefined || !isSuccess(logged)) return;
    if (!effect.turned.includes(write.uid) || !suspect.plan) return;
    const { world } = this.#court;
    const { spec } = suspect.plan.content;
    const pod = world.cluster.stores.pods.getByUid(write.uid) ?? undefined;
    const owner = pod && creditorOf(pod, world);
    if (!owner || this.#mayWaitForNode(suspect.plan)) return;
    this.#debts = this.#debts.filter((debt) => !this.#isPaid(debt, logged.time));
    // Plans that share no object may be carried out side by side: each has its own limit.
    const { digest } = suspect.plan;
    const open = this.#debts.filter((debt) => debt.plan === digest || debt.owner.uid === owner.uid);
    if (open.length >= spec.limits.podsInParallel) {
      const names = open.map((debt) => debt.pod).join(", ");
      this.#court.report(
        "I9",
        `${suspect.name} evicted ${write.name} while ${names} are not replaced (${spec.limits.podsInParallel} may be)`,
      );
    }
    const needMs = Math.max(owner.minReadySeconds, spec.pods.stableForSeconds) * 1000;
    const target = this.#servedBefore(owner, logged.time, suspect);
    this.#debts.push({ owner, plan: digest, pod: write.name, target, needMs });
    this.#owners.set(`${write.namespace}/${write.name}`, owner);
  }

  /** What the new node alone can bring back is waited for behind it. */
  #mayWaitForNode({ content: { spec } }: Plan): boolean {
    const isGivenUp = spec.nodes.unreachable === "terminate" && !this.#court.circumstances.isCloudCalm;
    return isGivenUp || spec.pods.unplaceable === "awaitNode";
  }

  /** I11: nobody waits in vain for a workload that long has all the pods that it asks for. */
  told(suspect: Suspect, event: RunEvent): void {
    if (event.kind !== "Recorded" || event.entry.record.kind !== "StepResult") return;
    const { step, code } = event.entry.record;
    const pod = /\/await\/([^/]+\/[^/@]+)/.exec(step)?.[1];
    const whose = pod === undefined ? undefined : this.#owners.get(pod);
    if (whose && code === "R-REPLACED")
      this.#seenAt.set(`${suspect.name} ${whose.uid}`, this.#paidAt.get(whose.uid) ?? 0);
    if (this.#court.circumstances.mayBeDeaf) return;
    const owner = code === "E-REPLACEMENT-TIMEOUT" ? whose : undefined;
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
  #servedBefore(owner: Owner, now: number, { name, begunAt }: Suspect): number {
    const since = Math.max(begunAt, this.#seenAt.get(`${name} ${owner.uid}`) ?? 0);
    const past = (this.#history.get(owner.uid) ?? []).filter(([at]) => at < now);
    const known = past.filter((_, index) => (past[index + 1]?.[0] ?? now) > since);
    if (known.length > 0) return Math.min(...known.map(([, serving]) => serving));
    return podsOf(owner, this.#court.world).filter(isCounted).length + 1;
  }
}
