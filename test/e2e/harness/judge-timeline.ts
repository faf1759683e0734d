import type { AuditRecord } from "./audit-log.ts";
import { evictionsBy } from "./judge-requests.ts";
import { selects } from "./label-selector.ts";
import {
  type BudgetState,
  type Moment,
  type OwnerKey,
  type PodState,
  replay,
  type Timeline,
  type TimelineEvent,
} from "./timeline.ts";

function podsOf(moment: Moment, owner: OwnerKey): readonly PodState[] {
  return [...moment.pods.values()].filter((pod) => pod.owner === owner);
}

function readyCount(pods: readonly PodState[]): number {
  return pods.filter((pod) => pod.ready).length;
}

/** The fewest Ready pods that the owner had at any judged instant; undefined where nothing was judged. */
export function lowestReady(timeline: Timeline, owner: OwnerKey): number | undefined {
  let lowest: number | undefined;
  const look = (moment: Moment): void => {
    const ready = readyCount(podsOf(moment, owner));
    lowest = lowest === undefined ? ready : Math.min(lowest, ready);
  };
  replay(timeline, { before: look, after: look });
  return lowest;
}

export interface BudgetViolation {
  /** "default/web" */
  readonly budget: string;
  readonly ready: number;
  readonly floor: number;
  readonly event: TimelineEvent;
}

/** Every time that a budget's Ready pods fell below its floor; a stretch below it counts once. */
export function budgetViolations(timeline: Timeline): readonly BudgetViolation[] {
  const violations: BudgetViolation[] = [];
  const below = new Set<string>();
  replay(timeline, {
    after: (moment, event) => {
      for (const budget of moment.budgets.values()) {
        const ready = readyCount(coveredPods(moment, budget));
        const isBelow = ready < budget.desiredHealthy;
        if (isBelow && !below.has(budget.uid)) {
          violations.push({
            budget: `${budget.namespace}/${budget.name}`,
            ready,
            floor: budget.desiredHealthy,
            event,
          });
        }
        if (isBelow) below.add(budget.uid);
        else below.delete(budget.uid);
      }
    },
  });
  return violations;
}

function coveredPods(moment: Moment, budget: BudgetState): readonly PodState[] {
  return [...moment.pods.values()].filter(
    (pod) => pod.namespace === budget.namespace && selects(budget.selector, pod.labels),
  );
}

export interface EarlyEviction {
  readonly pod: PodState;
  /** Ready pods of the owner besides the victim, when the eviction took effect. */
  readonly ready: number;
  /** What there should have been: all of the owner's pods but the victim. */
  readonly expected: number;
  readonly event: TimelineEvent;
}

/**
 * The granted evictions that took effect while a pod evicted before was not yet replaced by a Ready
 * one. Judged on the server's own order of changes, so no clock takes part. Assumes that nobody
 * scales the owner meanwhile.
 */
export function evictionsWhileReplacementNotReady(
  audit: readonly AuditRecord[],
  timeline: Timeline,
  user = "dextre",
): readonly EarlyEviction[] {
  const granted = evictionsBy(audit, user).filter((eviction) => eviction.code === 201);
  const evicted = new Set(granted.map(({ uid, namespace, name }) => uid || `${namespace}/${name}`));
  const expected = new Map<OwnerKey, number>();
  const early: EarlyEviction[] = [];
  replay(timeline, {
    before: (moment, event) => {
      const victim = beginningToEnd(moment, event);
      if (!victim || victim.owner === "" || !isEvicted(evicted, victim)) return;
      const others = podsOf(moment, victim.owner).filter((pod) => pod.uid !== victim.uid);
      const standing = others.filter((pod) => !pod.terminating).length;
      const wanted = expected.get(victim.owner) ?? standing;
      expected.set(victim.owner, wanted);
      const ready = readyCount(others);
      if (ready < wanted) early.push({ pod: victim, ready, expected: wanted, event });
    },
  });
  return early;
}

/** Evictions without a precondition are known by name only. */
function isEvicted(evicted: ReadonlySet<string>, { uid, namespace, name }: PodState): boolean {
  return evicted.has(uid) || evicted.has(`${namespace}/${name}`);
}

/** The pod, as it stood before, that this event turns terminating or takes away at once. */
function beginningToEnd(moment: Moment, event: TimelineEvent): PodState | undefined {
  if (event.state.kind !== "Pod") return undefined;
  const before = moment.pods.get(event.state.uid);
  const ends = event.change === "deleted" || event.state.terminating;
  return before && !before.terminating && ends ? before : undefined;
}
