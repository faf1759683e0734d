import type { EvictionRequest } from "#test/e2e/harness/judge-requests.ts";
import { selects } from "#test/e2e/harness/label-selector.ts";
import {
  type BudgetState,
  type PodHistory,
  type PodState,
  podHistories,
  type Timeline,
} from "#test/e2e/harness/timeline.ts";

/** The part of one evicted pod, in seconds. */
export interface PodLimit {
  readonly name: string;
  /** From terminating to gone, of a StatefulSet's pod: its successor comes only then. null: not waited for. */
  readonly stop: number | null;
  /** From then (of others: from terminating) until the replacement is Ready. */
  readonly readyPath: number;
  /** From there until the budget allows the next eviction; null where the next one is not under it. */
  readonly budgetLag: number | null;
  readonly limit: number;
  /** What it took in truth: until the next eviction took effect, of the last pod until its replacement was Ready. */
  readonly spent: number;
}

export interface DrainLimit {
  readonly seconds: number;
  readonly pods: readonly PodLimit[];
  /** When the last replacement was Ready, epoch milliseconds. */
  readonly lastReadyAt: number;
}

interface Eviction {
  readonly victim: PodHistory;
  readonly replacement: PodHistory;
}

/**
 * What no drain can go below that moves one pod after the other and takes no second pod before the
 * first is replaced: all from the watch of the same run, so that the machine's mood is in both.
 * @throws where a granted eviction's pod or replacement was never seen
 */
export function limitOf(granted: readonly EvictionRequest[], timeline: Timeline): DrainLimit {
  const evictions = pairUp(granted, timeline);
  const pods = evictions.map((eviction, index) => podLimit(eviction, evictions[index + 1]?.victim, timeline));
  return {
    seconds: pods.reduce((total, { limit }) => total + limit, 0),
    pods,
    lastReadyAt: Math.max(...evictions.map(({ replacement }) => seen(replacement.readyAt, replacement.pod))),
  };
}

/** Each victim with the next pod of its owner that came up and is nobody else's replacement. */
function pairUp(granted: readonly EvictionRequest[], timeline: Timeline): readonly Eviction[] {
  const histories = [...podHistories(timeline).values()];
  const taken = new Set<string>();
  return granted.map(({ uid, namespace, name }) => {
    const victim = histories.find(({ pod, terminatingAt }) =>
      uid === ""
        ? pod.namespace === namespace && pod.name === name && terminatingAt !== undefined
        : pod.uid === uid,
    );
    if (!victim) throw new Error(`${namespace}/${name}: evicted and never seen`);
    const stoppedAt = seen(victim.terminatingAt, victim.pod);
    const replacement = histories
      .filter(
        ({ pod, readyAt }) =>
          pod.owner === victim.pod.owner && !taken.has(pod.uid) && (readyAt ?? 0) > stoppedAt,
      )
      .sort((a, b) => (a.readyAt ?? 0) - (b.readyAt ?? 0))[0];
    if (!replacement) throw new Error(`${namespace}/${name}: its replacement was never Ready`);
    taken.add(replacement.pod.uid);
    return { victim, replacement };
  });
}

function podLimit(
  { victim, replacement }: Eviction,
  next: PodHistory | undefined,
  timeline: Timeline,
): PodLimit {
  const stoppedAt = seen(victim.terminatingAt, victim.pod);
  const readyAt = seen(replacement.readyAt, replacement.pod);
  const ordered = victim.pod.owner.startsWith("StatefulSet ");
  const startAt = ordered ? seen(victim.goneAt, victim.pod) : stoppedAt;
  const allowedAt = next && allowedAgainAt(victim.pod, next.pod, readyAt, timeline);
  const endAt = next ? seen(next.terminatingAt, next.pod) : readyAt;
  const lag = allowedAt === undefined ? null : Math.max(0, allowedAt - readyAt);
  return {
    name: `${victim.pod.namespace}/${victim.pod.name}`,
    stop: ordered ? (startAt - stoppedAt) / 1000 : null,
    readyPath: (readyAt - startAt) / 1000,
    budgetLag: lag === null ? null : lag / 1000,
    limit: (readyAt - stoppedAt + (lag ?? 0)) / 1000,
    spent: (endAt - stoppedAt) / 1000,
  };
}

/** When a budget that counts both pods allowed a disruption again; undefined where none counts both. */
function allowedAgainAt(
  victim: PodState,
  next: PodState,
  readyAt: number,
  timeline: Timeline,
): number | undefined {
  const counts = (budget: BudgetState, pod: PodState): boolean =>
    budget.namespace === pod.namespace && selects(budget.selector, pod.labels);
  let allowed = false;
  let governed = false;
  for (const { state, at } of timeline.events) {
    if (state.kind !== "Budget" || !counts(state, victim) || !counts(state, next)) continue;
    governed = true;
    if (at > readyAt && (allowed || state.disruptionsAllowed > 0)) return allowed ? readyAt : at;
    allowed = state.disruptionsAllowed > 0;
  }
  return governed ? readyAt : undefined;
}

function seen(at: number | undefined, { namespace, name }: PodState): number {
  if (at === undefined) throw new Error(`${namespace}/${name}: a part of its life was not seen`);
  return at;
}
