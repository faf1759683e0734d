import type { RunEnd } from "#model/run.ts";
import type { Node } from "#world/kubernetes/types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { isSuccess, writeOf } from "./requests.ts";

export const MARK = "dextre.dev/cordon";

/**
 * I6: a node that we cordoned is given back, gone, or named at the end; what others cordoned stays
 * so. I8: two runs that are not over never both change a node. And nobody is evicted from a node
 * that takes pods again.
 */
export class NodeRule implements Rule {
  readonly #court: Court;
  /** Node → since when somebody else has it cordoned. */
  readonly #foreign = new Set<string>();
  readonly #writers = new Map<string, string>();
  /** Node → when it was last made schedulable by somebody else. */
  readonly #openedAt = new Map<string, number>();

  constructor(court: Court) {
    this.#court = court;
    for (const node of court.world.list("nodes"))
      if (node.spec.unschedulable === true) this.#foreign.add(node.metadata.uid);
  }

  isForeign(uid: string): boolean {
    return this.#foreign.has(uid);
  }

  changed(change: WorldChange): void {
    if (change.plural !== "nodes" || change.type !== "MODIFIED") return;
    const [node, before] = [change.object as Node, change.previous as Node | undefined];
    const [is, was] = [node.spec.unschedulable === true, before?.spec.unschedulable === true];
    if (is === was) return;
    const { uid } = node.metadata;
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

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    if (write?.kind === "patch" && write.uid === undefined)
      this.#court.report("I6", `${suspect.name} patches ${write.node} without its UID`);
    if (write?.kind !== "evict" || write.uid === undefined) return;
    const pod = this.#court.world.cluster.stores.pods.getByUid(write.uid);
    const name = pod?.spec.nodeName ?? "";
    const node = this.#court.world.get("nodes", undefined, name);
    const isInLane = suspect.plan?.content.lanes.some((lane) => lane.kind === "node" && lane.node === name);
    if (!node || !isInLane || node.spec.unschedulable === true) return;
    const openedAt = this.#openedAt.get(name) ?? 0;
    if (this.#court.world.now - openedAt <= this.#court.circumstances.viewLagMs) return;
    this.#court.report("I9", `${suspect.name} evicts ${write.name} from ${name}, which takes pods`);
  }

  applied(suspect: Suspect, logged: LoggedRequest): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "patch" || !isSuccess(logged) || !suspect.journal) return;
    const key = write.uid ?? write.node;
    const before = this.#writers.get(key);
    const { run } = suspect.journal;
    this.#writers.set(key, run);
    if (before === undefined || before === run) return;
    const other = this.#court.journals.get(before);
    if (other && !other.isFinished && !other.isClosed && !this.#court.isGone(before))
      this.#court.report("I8", `run ${run} changes ${write.node}, on which run ${before} is under way`);
  }

  ended(suspect: Suspect, end: RunEnd): void {
    if (!suspect.plan || !suspect.journal) return;
    const { run } = suspect.journal;
    for (const node of this.#court.world.list("nodes")) {
      const mark = node.metadata.annotations?.[MARK];
      if (mark === undefined || !mark.includes(run) || node.spec.unschedulable !== true) continue;
      if (end.cordoned.includes(node.metadata.name)) continue;
      // What the process could not see any more is told by its records at the next resume.
      if (end.exit !== 0 && end.run === "") continue;
      this.#court.report(
        "I6",
        `${suspect.name} ended with ${end.code} and does not name ${node.metadata.name}, which it cordoned`,
      );
    }
  }
}
