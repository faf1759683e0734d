import type { Node } from "#world/kubernetes/node-types.ts";
import type { LoggedRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { MARK } from "./node-rule.ts";
import { isSuccess, writeOf } from "./requests.ts";

/** Nothing can land on a node before controllers have taken these off. */
const NOT_YET_USABLE = /^node\.kubernetes\.io\/(not-ready|unreachable)$|\/uninitialized$/;

/** I9: no more nodes out of service at once than planned, and a successor serves before the next node goes. */
export class CapacityRule implements Rule {
  readonly #court: Court;
  /** UIDs of the nodes that were there before anybody did anything. */
  readonly #first: ReadonlySet<string>;

  constructor(court: Court) {
    this.#court = court;
    this.#first = new Set(court.world.list("nodes").map(({ metadata }) => metadata.uid));
  }

  applied(suspect: Suspect, logged: LoggedRequest): void {
    const write = writeOf(logged.request);
    if (write?.kind !== "patch" || write.unschedulable !== true || !isSuccess(logged)) return;
    this.#judgeLimit(suspect);
    this.#judgeCapacity(suspect);
  }

  #judgeLimit(suspect: Suspect): void {
    const limit = suspect.plan?.content.spec.limits.maxUnavailableNodes;
    if (limit === undefined || !suspect.journal) return;
    const { run } = suspect.journal;
    const ours = this.#court.world
      .list("nodes")
      .filter((node) => node.spec.unschedulable === true && node.metadata.annotations?.[MARK]?.includes(run));
    if (ours.length <= limit) return;
    const names = ours.map((node) => node.metadata.name).join(", ");
    this.#court.report("I9", `${suspect.name} has ${names} cordoned at once, ${limit} may be`);
  }

  /** Where nodes come and go by this run alone. */
  #judgeCapacity(suspect: Suspect): void {
    const { world, circumstances } = this.#court;
    const { plan } = suspect;
    if (!circumstances.isCloudCalm || plan?.content.spec.replace.mode !== "terminate") return;
    const wanted = [...world.fleet.groups.values()].reduce((sum, group) => sum + group.desired, 0);
    const limit = plan.content.spec.limits.maxUnavailableNodes;
    const planned = new Set(plan.content.lanes.flatMap((lane) => (lane.kind === "node" ? lane.nodeUid : [])));
    const isOld = (uid: string): boolean => planned.has(uid) || this.#first.has(uid);
    const stableMs = circumstances.areClocksRight ? plan.content.spec.nodes.stableForSeconds * 1000 : 0;
    const usable = world
      .list("nodes")
      .filter((node) => isUsable(node, isOld(node.metadata.uid) ? 0 : stableMs, world.now));
    if (usable.length < wanted - limit)
      this.#court.report("I9", `${suspect.name} leaves ${usable.length} of ${wanted} nodes in service`);
  }
}

function isUsable({ spec, status }: Node, stableMs: number, now: number): boolean {
  const ready = status.conditions?.find((one) => one.type === "Ready");
  if (spec.unschedulable === true || ready?.status !== "True") return false;
  if (spec.taints?.some(({ key }) => NOT_YET_USABLE.test(key))) return false;
  return Date.parse(ready.lastTransitionTime ?? "") + stableMs <= now;
}
