import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Effect, Rule, Suspect } from "./court.ts";
import { isSuccess, type Write, writeOf } from "./requests.ts";
import { isCounted, isEvictable, isServing, ownerOf, podsOf, readySince } from "./truth.ts";

/** A server that refuses is not asked again at once. */
const SHORTEST_MILLISECONDS = 400;

interface Loss {
  readonly pod: Pod;
  readonly at: number;
}

type Eviction = Extract<Write, { readonly kind: "evict" }>;

/**
 * I1 availability, I2 only planned or discovered pods and only by eviction, I3 once: judged by the
 * newest state that a read could have shown before the request was sent.
 */
export class EvictionRule implements Rule {
  /** UID → how many evictions of ours took effect. */
  readonly effective = new Map<string, number>();
  readonly #court: Court;
  /** "CLIENT UID" → when it last asked. */
  readonly #askedAt = new Map<string, number>();
  /** UIDs of pods that served until lately, and when they stopped to by somebody else's doing. */
  readonly #lost = new Map<string, Loss>();
  /** The same, whether or not they serve again by now. */
  readonly #dipped = new Map<string, Loss>();
  /** UID → since when it terminates. */
  readonly #turnedAt = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural !== "pods" || change.previous === undefined) return;
    const [pod, before] = [change.object as Pod, change.previous as Pod];
    const { uid, deletionTimestamp } = pod.metadata;
    if (change.type === "DELETED") this.#turnedAt.delete(uid);
    else if (deletionTimestamp !== undefined && before.metadata.deletionTimestamp === undefined)
      this.#turnedAt.set(uid, change.time);
    if (isCounted(before) && (change.type === "DELETED" || !isCounted(pod))) {
      this.#lost.set(uid, { pod: before, at: change.time });
      this.#dipped.set(uid, { pod: before, at: change.time });
    } else if (change.type !== "DELETED" && isCounted(pod)) this.#lost.delete(uid);
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    if (write?.kind === "other") this.#court.report("I2", `${suspect.name} sends ${write.what}`);
    if (write?.kind !== "evict") return;
    this.#judgeRight(suspect, write);
    const key = `${suspect.name} ${write.uid}`;
    const waited = this.#court.world.now - (this.#askedAt.get(key) ?? 0);
    if (waited < SHORTEST_MILLISECONDS)
      this.#court.report("I11", `${suspect.name} asks to evict ${write.name} again after ${waited} ms`);
    this.#askedAt.set(key, this.#court.world.now);
    this.#judgeBudgetCount(suspect, write);
    this.#judgeNeed(suspect, write);
  }

  /** What terminates has its grace: asking once more could only shorten it. */
  #judgeNeed(suspect: Suspect, { uid = "", name }: Eviction): void {
    const { world, circumstances } = this.#court;
    const since = world.now - (this.#turnedAt.get(uid) ?? world.now);
    if (since > circumstances.viewLagMs)
      this.#court.report(
        "I3",
        `${suspect.name} asks to evict ${name}, which terminates for ${since / 1000} s`,
      );
  }

  /** The server cannot evict what two budgets select: whoever can see that asks a person and not the server. */
  #judgeBudgetCount(suspect: Suspect, { uid = "", name }: Eviction): void {
    const { world, circumstances } = this.#court;
    const { pods, poddisruptionbudgets } = world.cluster.stores;
    const pod = pods.getByUid(uid);
    if (!pod || pod.status.phase === "Pending") return;
    const since = world.now - circumstances.viewLagMs;
    const budgets = poddisruptionbudgets
      .selecting(pod.metadata.namespace ?? "", pod.metadata.labels)
      .filter((one) => Date.parse(one.metadata.creationTimestamp ?? "") < since);
    if (budgets.length < 2) return;
    const names = budgets.map((one) => one.metadata.name).join(" and ");
    this.#court.report("I11", `${suspect.name} asks to evict ${name}, which ${names} both select`);
  }

  #judgeRight(suspect: Suspect, { uid, name, gracePeriodSeconds }: Eviction): void {
    const { world } = this.#court;
    const content = suspect.plan?.content;
    const report = (text: string): void =>
      this.#court.report("I2", `${suspect.name} evicts ${name}: ${text}`);
    if (uid === undefined) {
      report("without a UID");
      return;
    }
    const wanted = content?.spec.pods.gracePeriodSeconds ?? null;
    if ((gracePeriodSeconds ?? null) !== wanted)
      report(`with a grace period of ${gracePeriodSeconds ?? "no"} s, and the spec's is ${wanted ?? "none"}`);
    const planned = content?.steps.find((step) => step.kind === "EvictPod" && step.target.uid === uid);
    const node = planned?.kind === "EvictPod" ? planned.target.node : suspect.journal?.discovered.get(uid);
    if (node === undefined) {
      report(`${uid} is neither planned nor discovered`);
      return;
    }
    const pod = world.cluster.stores.pods.getByUid(uid);
    if (!pod) return;
    if (node !== "" && pod.spec.nodeName !== node) report(`it is on ${pod.spec.nodeName}, not on ${node}`);
    const accepts = content?.spec.pods;
    const isOwned = pod.metadata.ownerReferences?.some((one) => one.controller === true) === true;
    if (!isOwned && accepts?.unmanaged !== "evict") report("nothing brings it back");
    const keepsData = pod.spec.volumes?.some((volume) => "emptyDir" in volume) === true;
    if (keepsData && accepts?.localStorage !== "evict") report("its data goes with it");
    const lane = content?.lanes.find((one) => one.kind === "node" && one.node === node);
    if (lane && !isEvictable(pod)) report("it belongs to its node, or is over");
    for (const [id, count] of suspect.journal?.discoveredByLane ?? []) {
      const bound = content?.lanes.find((one) => one.id === id);
      if (bound?.kind === "node" && count > bound.maxDiscovered) report(`${count} pods discovered on ${id}`);
    }
  }

  applied(suspect: Suspect, logged: LoggedRequest, effect: Effect): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "evict" || write.uid === undefined) return;
    if (!isSuccess(logged) || !effect.turned.includes(write.uid)) return;
    const { uid } = write;
    this.effective.set(uid, (this.effective.get(uid) ?? 0) + 1);
    if ((this.effective.get(uid) ?? 0) > 1)
      this.#court.report("I3", `${suspect.name} evicted ${write.name} twice`);
    const lost = this.#lost.get(uid);
    // It did not serve before either: nothing was taken.
    if (lost?.at !== logged.time) return;
    this.#lost.delete(uid);
    this.#judgeBudgets(suspect, lost.pod);
    this.#judgeFloor(suspect, lost.pod);
  }

  /** Pods that a careful reader may still have taken for serving; nobody who began after they were lost. */
  believedToServe(isOne: (pod: Pod) => boolean, begunAt = 0): number {
    const since = this.#court.world.now - this.#court.circumstances.viewLagMs;
    let count = 0;
    for (const [uid, { pod, at }] of this.#lost) {
      if (at < since) this.#lost.delete(uid);
      else if (at >= begunAt && isOne(pod) && !this.effective.has(uid)) count += 1;
    }
    return count;
  }

  #judgeBudgets(suspect: Suspect, victim: Pod): void {
    const { stores } = this.#court.world.cluster;
    const namespace = victim.metadata.namespace ?? "";
    for (const budget of stores.poddisruptionbudgets.inNamespace(namespace)) {
      const matching = stores.pods.matching(namespace, budget.spec.selector);
      if (!matching.some((pod) => pod.metadata.uid === victim.metadata.uid)) continue;
      const app = victim.metadata.labels?.app;
      const serving =
        matching.filter(isServing).length +
        this.believedToServe((pod) => pod.metadata.labels?.app === app, suspect.begunAt);
      const floor = budget.status.desiredHealthy;
      if (serving < floor) {
        const text = `${suspect.name} evicted ${victim.metadata.name}: budget ${budget.metadata.name} has ${serving} of ${floor}`;
        this.#court.report("I1", text);
      }
    }
  }

  /** A workload of two replicas or more keeps one pod that serves, budget or not. */
  #judgeFloor(suspect: Suspect, victim: Pod): void {
    const owner = ownerOf(victim, this.#court.world);
    if (!owner || owner.replicas < 2 || suspect.plan?.content.spec.pods.unplaceable === "awaitNode") return;
    const serving = podsOf(owner, this.#court.world).filter(isServing);
    const { name } = victim.metadata;
    const isIts = (pod: Pod): boolean => ownerOf(pod, this.#court.world)?.uid === owner.uid;
    if (serving.length === 0) {
      if (this.believedToServe(isIts, suspect.begunAt) === 0)
        this.#court.report("I1", `${suspect.name} evicted ${name}: nothing of ${owner.name} serves any more`);
      return;
    }
    const { spec } = suspect.plan?.content ?? {};
    const needMs = Math.max(owner.minReadySeconds, spec?.pods.stableForSeconds ?? 0) * 1000;
    if (
      !this.#mayBeStamped(suspect) ||
      serving.some((pod) => readySince(pod) + needMs <= this.#court.world.now)
    )
      return;
    const since = Math.max(suspect.begunAt, this.#court.world.now - this.#court.circumstances.viewLagMs);
    const isBelieved = ({ pod, at }: Loss): boolean =>
      at >= since && isIts(pod) && !this.effective.has(pod.metadata.uid);
    if ([...this.#dipped.values()].some(isBelieved)) return;
    const text = `${suspect.name} evicted ${name}: nothing of ${owner.name} has served for ${needMs / 1000} s`;
    this.#court.report("I1", text);
  }

  /** Can a pod's age be told by its stamp, and does its workload wait for no node? */
  #mayBeStamped({ plan }: Suspect): boolean {
    const { areClocksRight, isCloudCalm } = this.#court.circumstances;
    return areClocksRight && (isCloudCalm || plan?.content.spec.nodes.unreachable !== "terminate");
  }
}
