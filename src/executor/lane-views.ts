import type { Lane, PlanContent, Step } from "#model/plan.ts";
import { isSettled, type RunState, stepsOfLane } from "./run-state.ts";

/** What scheduling has to know of a lane. */
export interface LaneView {
  readonly lane: Lane;
  readonly steps: readonly Step[];
  readonly settled: boolean;
  readonly begun: boolean;
  readonly stopped: boolean;
  /**
   * Does this node count as unavailable? From its cordon until its successor is Ready; for ever where
   * nothing replaces it, and where it stopped half way.
   */
  readonly holdsPlace: boolean;
  /** Its pods under way: being evicted, or evicted and not yet replaced. Of a stopped lane, what still runs. */
  readonly moves: number;
}

type UnderWay = ReadonlySet<string>;

interface Seen {
  readonly state: RunState;
  readonly underWay: UnderWay;
  readonly views: readonly LaneView[];
}

/** What was asked last of a plan: from one event to the next few lanes of a large plan change. */
const lastSeen = new WeakMap<PlanContent, Seen>();

/** The lanes in the plan's order. Only those are looked at step by step in which something changed. */
export function laneViews(content: PlanContent, state: RunState, underWay: UnderWay): readonly LaneView[] {
  const seen = lastSeen.get(content);
  const changed = seen && changedLanes(content, seen, state, underWay);
  const views = content.lanes.map((lane, index) => {
    const before = changed?.has(lane.id) === false ? seen?.views[index] : undefined;
    return before ?? viewOf(content, state, lane, underWay);
  });
  lastSeen.set(content, { state, underWay: new Set(underWay), views });
  return views;
}

/** Every lane of which a view would be another now; undefined: the states have nothing in common. */
function changedLanes(
  content: PlanContent,
  { state: before, underWay: wasUnderWay }: Seen,
  state: RunState,
  underWay: UnderWay,
): ReadonlySet<string> | undefined {
  const results = state.results.changedSince(before.results);
  const intents = state.intents.changedSince(before.intents);
  if (!results || !intents) return undefined;
  const lanes = new Set<string>();
  const started = [...underWay].filter((step) => !wasUnderWay.has(step));
  const ended = [...wasUnderWay].filter((step) => !underWay.has(step));
  for (const step of [...results, ...intents, ...started, ...ended]) {
    const lane = laneOf(content, state, step);
    if (lane !== undefined) lanes.add(lane);
  }
  const maps = [before.discovered, state.discovered, before.stoppedLanes, state.stoppedLanes] as const;
  for (const lane of maps.flatMap((map) => [...map.keys()])) {
    const isSame =
      before.discovered.get(lane) === state.discovered.get(lane) &&
      before.stoppedLanes.has(lane) === state.stoppedLanes.has(lane);
    if (!isSame) lanes.add(lane);
  }
  return lanes;
}

const plannedLanes = new WeakMap<PlanContent, ReadonlyMap<string, string>>();

function laneOf(content: PlanContent, { discovered }: RunState, step: string): string | undefined {
  const known = plannedLanes.get(content) ?? new Map(content.steps.map(({ id, lane }) => [id, lane]));
  plannedLanes.set(content, known);
  const planned = known.get(step);
  if (planned !== undefined) return planned;
  for (const [lane, pods] of discovered)
    if (pods.some(({ steps }) => steps.some(({ id }) => id === step))) return lane;
  return undefined;
}

function viewOf(content: PlanContent, state: RunState, lane: Lane, underWay: UnderWay): LaneView {
  const steps = stepsOfLane(content, state, lane.id);
  const view = {
    lane,
    steps,
    settled: steps.every((step) => isSettled(state, step.id)),
    begun: steps.some((step) => underWay.has(step.id) || isTouched(state, step, lane)),
    stopped: state.stoppedLanes.has(lane.id),
  };
  return {
    ...view,
    holdsPlace: lane.kind === "node" && holdsPlace(content, view, state),
    moves: countMoves(view, state, underWay),
  };
}

type Glance = Omit<LaneView, "holdsPlace" | "moves">;

/**
 * A node is begun with its cordon and by nothing else: where that was taken back, pods that were
 * found gone before must not let the node past the limits.
 */
function isTouched(state: RunState, step: Step, lane: Lane): boolean {
  if (lane.kind === "node" && step.kind !== "CordonNode") return false;
  return state.results.has(step.id) || state.intents.has(step.id);
}

function holdsPlace(content: PlanContent, view: Glance, state: RunState): boolean {
  const cordon = view.steps.find((step) => step.kind === "CordonNode");
  if (!cordon || !view.begun) return false;
  const result = state.results.get(cordon.id);
  if (result !== undefined && result.outcome !== "done") return result.outcome === "failed";
  if (view.stopped && result === undefined) return state.intents.has(cordon.id);
  return !view.settled || content.spec.replace.mode === "none";
}

function countMoves(view: Glance, state: RunState, underWay: UnderWay): number {
  let moves = 0;
  for (const step of view.steps) {
    if (step.kind === "EvictPod" && underWay.has(step.id)) moves += 1;
    if (step.kind !== "AwaitReplacement" || isSettled(state, step.id) || waitsForNewNode(step)) continue;
    const isDown = step.needs.every((need) => isSettled(state, need));
    if (view.stopped ? underWay.has(step.id) : isDown) moves += 1;
  }
  return moves;
}

/** A replacement that only the successor node has a place for does not hold up the other pods. */
export const waitsForNewNode = (step: Step): boolean => step.tier === 3;
