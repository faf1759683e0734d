import type { Lane, NodeLane, PlanContent, Step, Tier } from "#model/plan.ts";
import { isSettled, type RunState, stepsOfLane } from "./run-state.ts";

/** A step that may start now, given what is under way. */
export interface ReadySteps {
  readonly steps: readonly Step[];
  /** True when nothing can ever become ready without a new record: all is settled or stopped. */
  readonly exhausted: boolean;
}

interface LaneView {
  readonly lane: Lane;
  readonly steps: readonly Step[];
  readonly settled: boolean;
  readonly begun: boolean;
  readonly stopped: boolean;
}

/**
 * Which steps may start: pure, and the whole of scheduling. Targets go one after the other; within
 * a target at most maxUnavailableNodes nodes at a time (control-plane nodes one at a time whatever
 * the limit); within a lane tier by tier; among the ready ones position decides.
 */
export function readySteps(content: PlanContent, state: RunState, underWay: ReadonlySet<string>): ReadySteps {
  const views = content.lanes.map((lane) => viewOf(content, state, lane, underWay));
  const target = views.find((view) => !view.settled && !view.stopped)?.lane.target;
  if (target === undefined) return { steps: [], exhausted: underWay.size === 0 };
  const open = openLanes(content, views, target, state);
  const ready: Step[] = [];
  let moves = countMoves(views, state, underWay);
  for (const view of open) {
    for (const step of readyInLane(view, state, underWay)) {
      if (step.kind === "EvictPod") {
        if (moves >= content.spec.limits.podsInParallel) continue;
        moves += 1;
      }
      ready.push(step);
    }
  }
  return { steps: ready, exhausted: ready.length === 0 && underWay.size === 0 };
}

function viewOf(content: PlanContent, state: RunState, lane: Lane, underWay: ReadonlySet<string>): LaneView {
  const steps = stepsOfLane(content, state, lane.id);
  return {
    lane,
    steps,
    settled: steps.every((step) => isSettled(state, step.id)),
    begun: steps.some((step) => underWay.has(step.id) || isTouched(state, step, lane)),
    stopped: state.stoppedLanes.has(lane.id),
  };
}

/**
 * A node is begun with its cordon and by nothing else: where that was taken back, pods that were
 * found gone before must not let the node past the limits.
 */
function isTouched(state: RunState, step: Step, lane: Lane): boolean {
  if (lane.kind === "node" && step.kind !== "CordonNode") return false;
  return state.results.has(step.id) || state.intents.has(step.id);
}

/** Lanes of the current target that are under way or may begin, within the limit of nodes. */
function openLanes(
  content: PlanContent,
  views: readonly LaneView[],
  target: number,
  state: RunState,
): readonly LaneView[] {
  let unavailable = views.filter(
    (view) => view.lane.kind === "node" && holdsPlace(content, view, state),
  ).length;
  let controlPlane = views.some((view) => isControlPlane(view.lane) && holdsPlace(content, view, state));
  const open: LaneView[] = [];
  for (const view of views) {
    if (view.lane.target !== target || view.settled || view.stopped) continue;
    if (view.lane.kind === "pods" || view.begun) {
      open.push(view);
      continue;
    }
    if (unavailable >= content.spec.limits.maxUnavailableNodes) continue;
    if (isControlPlane(view.lane) && controlPlane) continue;
    unavailable += 1;
    controlPlane ||= isControlPlane(view.lane);
    open.push(view);
  }
  return open;
}

const isControlPlane = (lane: Lane): lane is NodeLane => lane.kind === "node" && lane.controlPlane;

/**
 * Does this node count as unavailable? From its cordon until its successor is Ready; for ever where
 * nothing replaces it, and where it stopped half way.
 */
function holdsPlace(content: PlanContent, view: LaneView, state: RunState): boolean {
  const cordon = view.steps.find((step) => step.kind === "CordonNode");
  if (!cordon || !view.begun) return false;
  const result = state.results.get(cordon.id);
  if (result !== undefined && result.outcome !== "done") return result.outcome === "failed";
  if (view.stopped && result === undefined) return state.intents.has(cordon.id);
  return !view.settled || content.spec.replace.mode === "none";
}

function readyInLane(view: LaneView, state: RunState, underWay: ReadonlySet<string>): readonly Step[] {
  const tier = lowestOpenTier(view.steps, state);
  return view.steps.filter(
    (step) =>
      step.tier === tier &&
      !state.results.has(step.id) &&
      !underWay.has(step.id) &&
      step.needs.every((need) => isSettled(state, need)),
  );
}

function lowestOpenTier(steps: readonly Step[], state: RunState): Tier | undefined {
  let lowest: Tier | undefined;
  for (const step of steps) {
    if (!isSettled(state, step.id) && (lowest === undefined || step.tier < lowest)) lowest = step.tier;
  }
  return lowest;
}

/** Pods under way: being evicted, or evicted and not yet replaced. Of a stopped lane, what still runs. */
function countMoves(views: readonly LaneView[], state: RunState, underWay: ReadonlySet<string>): number {
  let moves = 0;
  for (const view of views) {
    for (const step of view.steps) {
      if (step.kind === "EvictPod" && underWay.has(step.id)) moves += 1;
      if (step.kind !== "AwaitReplacement" || isSettled(state, step.id) || waitsForNewNode(step)) continue;
      const isDown = step.needs.every((need) => isSettled(state, need));
      if (view.stopped ? underWay.has(step.id) : isDown) moves += 1;
    }
  }
  return moves;
}

/** A replacement that only the successor node has a place for does not hold up the other pods. */
const waitsForNewNode = (step: Step): boolean => step.tier === 3;
