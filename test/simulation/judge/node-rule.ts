import type { RunEnd, RunEvent } from "#model/run.ts";
import type { Node } from "#world/kubernetes/node-types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { isSuccess, type Write, writeOf } from "./requests.ts";

export const MARK = "dextre.dev/cordon";
export const AUTOSCALER_MARK = "cluster-autoscaler.kubernetes.io/scale-down-disabled";

/**
 * I6: a node that we cordoned is given back, gone, or named at the end; what others cordoned stays
 * so. I8: two runs that are not over never both change a node. And nobody is evicted from a node
 * that takes pods again.
 */
export class NodeRule implements Rule {
  readonly #court: Court;
  /** Node → since when somebody else has it cordoned. */
  readonly #foreign = new Set<string>();
  /** Node → what others tell the autoscaler of it. */
  readonly #kept = new Map<string, string | undefined>();
  readonly #writers = new Map<string, string>();
  /** Runs that an abort closed: where their journals are on another machine, those never tell. */
  readonly #aborted = new Set<string>();
  /** Node → the process that cordoned it last; they are numbered as they begin. */
  readonly #cordonedBy = new Map<string, number>();
  /** Node → when it was last made schedulable by somebody else. */
  readonly #openedAt = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
    for (const { metadata, spec } of court.world.list("nodes")) {
      if (spec.unschedulable === true) this.#foreign.add(metadata.uid);
      this.#kept.set(metadata.uid, metadata.annotations?.[AUTOSCALER_MARK]);
    }
  }

  isForeign(uid: string): boolean {
    return this.#foreign.has(uid);
  }

  /** What others tell the autoscaler of it. */
  wordToAutoscaler(uid: string): string | undefined {
    return this.#kept.get(uid);
  }

  changed(change: WorldChange): void {
    if (change.plural !== "nodes" || change.type !== "MODIFIED") return;
    const [node, before] = [change.object as Node, change.previous as Node | undefined];
    const { annotations } = node.metadata;
    const isGivenBack =
      before?.metadata.annotations?.[MARK] !== undefined && annotations?.[MARK] === undefined;
    const { uid } = node.metadata;
    const keeper = annotations?.[AUTOSCALER_MARK];
    const isForeign = annotations?.[MARK] === before?.metadata.annotations?.[MARK];
    if (isForeign && keeper !== before?.metadata.annotations?.[AUTOSCALER_MARK]) this.#kept.set(uid, keeper);
    if (isGivenBack && keeper !== this.#kept.get(uid))
      this.#court.report(
        "I6",
        `${node.metadata.name} is given back, its word to the autoscaler is "${keeper}"`,
      );
    const [is, was] = [node.spec.unschedulable === true, before?.spec.unschedulable === true];
    if (is === was) return;
    const isOurs = node.metadata.annotations?.[MARK] !== before?.metadata.annotations?.[MARK];
    if (isOurs) {
      if (!is && this.#foreign.has(uid))
        this.#court.report("I6", `${node.metadata.name} was cordoned by others and is not any more`);
      return;
    }
    if (is) this.#foreign.add(uid);
    else {
      this.#foreign.delete(uid);
      this.#openedAt.set(node.metadata.name, change.time);
    }
  }

  /** I11: a reason that is told is true. */
  told(suspect: Suspect, event: RunEvent): void {
    if (event.kind !== "Recorded" || event.entry.record.kind !== "LaneStopped") return;
    const { code, lane } = event.entry.record;
    const node = lane.replace(/^node\//, "");
    if (code === "E-HUMAN-UNCORDON" && !this.#openedAt.has(node))
      this.#court.report("I11", `${suspect.name} says that somebody uncordoned ${node}, and nobody did`);
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    // Resumed on the machine of its journal, it is under way again.
    if (write && suspect.plan && suspect.journal) this.#aborted.delete(suspect.journal.run);
    if (write?.kind === "patch") this.#judgePatch(suspect, write);
    if (write?.kind !== "evict" || write.uid === undefined) return;
    const pod = this.#court.world.cluster.stores.pods.getByUid(write.uid);
    const name = pod?.spec.nodeName ?? "";
    const node = this.#court.world.get("nodes", undefined, name);
    const isInLane = suspect.plan?.content.lanes.some((lane) => lane.kind === "node" && lane.node === name);
    if (!node || !isInLane) return;
    this.#judgeWriter(suspect, node.metadata.uid, name);
    if (node.spec.unschedulable === true) return;
    const openedAt = this.#openedAt.get(name) ?? 0;
    if (this.#court.world.now - openedAt <= this.#court.circumstances.viewLagMs) return;
    this.#court.report("I9", `${suspect.name} evicts ${write.name} from ${name}, which takes pods`);
  }

  #judgePatch(suspect: Suspect, write: Extract<Write, { readonly kind: "patch" }>): void {
    const report = (text: string): void =>
      this.#court.report("I6", `${suspect.name} patches ${write.node} ${text}`);
    if (write.uid === undefined) report("without its UID");
    if (write.resourceVersion === undefined) report("whatever became of it since it was read");
    if (write.unschedulable === null && write.annotations[MARK] !== null)
      report("schedulable, its mark left");
    if (write.unschedulable !== true) return;
    if (!write.annotations[MARK]) report("without a mark that tells whose cordon it is");
    if (!write.annotations[AUTOSCALER_MARK])
      report("without the autoscaler's annotation, which would take the empty node for its own");
  }

  applied(suspect: Suspect, logged: LoggedRequest): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "patch" || !isSuccess(logged) || !suspect.journal) return;
    if (write.unschedulable === true) this.#cordonedBy.set(write.uid ?? "", suspect.pid);
    this.#judgeWriter(suspect, write.uid ?? write.node, write.node);
  }

  #judgeWriter({ journal }: Suspect, key: string, node: string): void {
    if (!journal) return;
    const before = this.#writers.get(key);
    const { run } = journal;
    this.#writers.set(key, run);
    if (before === undefined || before === run || !this.#isUnderWay(before)) return;
    this.#court.report("I8", `run ${run} changes ${node}, on which run ${before} is under way`);
  }

  #isUnderWay(run: string): boolean {
    const journal = this.#court.journals.get(run);
    if (!journal || journal.isFinished || journal.isClosed || this.#court.isGone(run)) return false;
    return !this.#aborted.has(run) || this.#isNamed(run);
  }

  /** The lock names every run that is not over. */
  #isNamed(run: string): boolean {
    const lease = this.#court.world.get("leases", "dextre-system", "dextre");
    return lease?.metadata.annotations?.["dextre.dev/runs"]?.includes(`"${run}"`) === true;
  }

  ended(suspect: Suspect, end: RunEnd): void {
    if (!suspect.plan) this.#judgeAbort(suspect, end);
    if (!suspect.plan || !suspect.journal) return;
    const { run } = suspect.journal;
    for (const node of this.#court.world.list("nodes")) {
      const mark = node.metadata.annotations?.[MARK];
      if (mark === undefined || !mark.includes(run) || node.spec.unschedulable !== true) continue;
      if (end.cordoned.includes(node.metadata.name)) continue;
      if (this.#isBehind(suspect, node.metadata.uid)) continue;
      // What the process could not see any more is told by its records at the next resume.
      if (end.exit !== 0 && end.run === "" && this.#cordonedBy.get(node.metadata.uid) !== suspect.pid)
        continue;
      this.#court.report(
        "I6",
        `${suspect.name} ended with ${end.code} and does not name ${node.metadata.name}, which it cordoned`,
      );
    }
  }

  /** Somebody who took the run over while this one stood still has cordoned it since. */
  #isBehind({ pid }: Suspect, node: string): boolean {
    return (this.#cordonedBy.get(node) ?? 0) > pid;
  }

  /** An abort that says that it is done leaves our cordon on no node that lives on. */
  #judgeAbort(suspect: Suspect, end: RunEnd): void {
    if (end.code !== "N-UNDONE") return;
    const { world } = this.#court;
    for (const node of world.list("nodes")) {
      const mark = node.metadata.annotations?.[MARK];
      const instance = world.fleet.instances.get(node.spec.providerID?.split("/").at(-1) ?? "");
      if (!mark?.includes(end.run) || instance?.state !== "running") continue;
      this.#court.report(
        "I6",
        `${suspect.name} aborted ${end.run} and left its mark on ${node.metadata.name}`,
      );
    }
    this.#aborted.add(end.run);
  }
}
