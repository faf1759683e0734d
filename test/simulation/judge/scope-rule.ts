import type { PlanContent } from "#model/plan.ts";
import type { Pod } from "#world/kubernetes/pod-types.ts";
import type { LoggedRequest, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { type Write, writeOf } from "./requests.ts";
import { isEvictable, isSystem } from "./truth.ts";

/** What a process had decided when it was asked to stop is on its way by then, ms. */
const STOPPING = 1_000;
/** So soon it is over, however late its timers and the answers to what was under way, ms. */
const LONGEST_STOP = 90_000;

/**
 * I2: only nodes and instances of the plan are touched, by their ids. I9: in the plan's order, target
 * after target, and from a node the system's pods last. I11: nothing is sent after a stop was asked for.
 */
export class ScopeRule implements Rule {
  readonly #court: Court;
  /** Processes that do not stop, each blamed once. */
  readonly #late = new Set<string>();

  constructor(court: Court) {
    this.#court = court;
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    const write = writeOf(request);
    if (!write) return;
    const askedAt = this.#court.stopAskedAt(suspect.name);
    const since = this.#court.world.now - (askedAt ?? Number.POSITIVE_INFINITY);
    if (since > STOPPING)
      this.#court.report(
        "I11",
        `${suspect.name} sends a ${write.kind} ${since / 1000} s after it was told to stop`,
      );
    const content = suspect.plan?.content;
    if (!content) return;
    this.#judgeScope(suspect.name, write, content);
    if (write.kind === "patch" && write.unschedulable === true)
      this.#judgeTargets(suspect, write.uid, content);
    if (write.kind === "evict") this.#judgeTier(suspect, write.uid, content);
  }

  applied(suspect: Suspect, { time }: LoggedRequest): void {
    const { mayBeDeaf } = this.#court.circumstances;
    const askedAt = this.#court.stopAskedAt(suspect.name);
    if (askedAt === undefined || mayBeDeaf === true || time - askedAt <= LONGEST_STOP) return;
    if (this.#late.has(suspect.name) || this.#court.isOver(suspect.name)) return;
    this.#late.add(suspect.name);
    this.#court.report(
      "I11",
      `${suspect.name} goes on ${(time - askedAt) / 1000} s after it was told to stop`,
    );
  }

  #judgeScope(name: string, write: Write, { lanes, steps }: PlanContent): void {
    if (write.kind === "patch" && !lanes.some((lane) => lane.kind === "node" && lane.nodeUid === write.uid))
      this.#court.report("I2", `${name} patches ${write.node} of UID ${write.uid}, which is not planned`);
    const isOurs = (id: string): boolean =>
      steps.some((step) => step.kind === "TerminateInstance" && step.target.id === id);
    if (write.kind === "terminate" && !isOurs(write.instance))
      this.#court.report("I2", `${name} ends ${write.instance}, which is not planned`);
  }

  /** A node of a later target is not begun while pods of an earlier one are still to move. */
  #judgeTargets({ name, journal }: Suspect, node: string | undefined, { lanes, steps }: PlanContent): void {
    const target = lanes.find((lane) => lane.kind === "node" && lane.nodeUid === node)?.target ?? 0;
    const before = new Set(
      lanes.filter((lane) => lane.target < target && !journal?.stoppedLanes.has(lane.id)).map(({ id }) => id),
    );
    if (before.size === 0) return;
    const { pods } = this.#court.world.cluster.stores;
    for (const step of steps) {
      if (step.kind !== "EvictPod" || !before.has(step.lane)) continue;
      const pod = pods.getByUid(step.target.uid);
      if (!pod || !isMovable(pod) || pod.spec.nodeName !== step.target.node) continue;
      this.#court.report(
        "I9",
        `${name} cordons a node before ${step.target.name} of an earlier target has moved`,
      );
      return;
    }
  }

  /** Whatever serves others goes last from a node. */
  #judgeTier({ name, journal }: Suspect, uid: string | undefined, { lanes, steps }: PlanContent): void {
    const { pods } = this.#court.world.cluster.stores;
    const victim = pods.getByUid(uid ?? "");
    const lane = lanes.find((one) => one.kind === "node" && one.node === victim?.spec.nodeName);
    if (!victim || !isSystem(victim) || lane?.kind !== "node") return;
    const planned = steps.filter((step) => step.kind === "EvictPod" && step.lane === lane.id);
    const uids = new Set(planned.flatMap((step) => (step.kind === "EvictPod" ? step.target.uid : [])));
    const isOurs = ({ metadata }: Pod): boolean =>
      uids.has(metadata.uid) || journal?.discovered.get(metadata.uid) === lane.node;
    // One that an earlier target names moves for that one's sake.
    const isOfOther = steps.some(
      (step) => step.kind === "EvictPod" && step.lane !== lane.id && step.target.uid === uid,
    );
    const left = pods.onNode(lane.node).find((pod) => isMovable(pod) && !isSystem(pod) && isOurs(pod));
    if (isOurs(victim) && !isOfOther && left)
      this.#court.report("I9", `${name} evicts ${victim.metadata.name} before ${left.metadata.name}`);
  }
}

const isMovable = (pod: Pod): boolean => isEvictable(pod) && pod.metadata.deletionTimestamp === undefined;
