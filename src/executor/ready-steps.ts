import type { Lane, NodeLane, PlanContent, Step, Tier } from "#model/plan.ts";
import { type LaneView, laneViews, waitsForNewNode } from "./lane-views.ts";
import { isSettled, type RunState } from "./run-state.ts";

/** A step that may start now, given what is under way. */
export interface ReadySteps {
  readonly steps: readonly Step[];
  /** True when nothing can ever become ready without a new record: all is settled or stopped. */
  readonly exhausted: boolean;
}

/**
 * Which steps may start: pure, and the whole of scheduling. Targets go one after the other; within
 * a target at most maxUnavailableNodes nodes at a time (control-plane nodes one at a time whatever
 * the limit); within a lane tier by tier; among the ready ones position decides.
 */
export function readySteps(content: PlanContent, state: RunState, underWay: ReadonlySet<string>): ReadySteps {
  const views = laneViews(content, state, underWay);
  const target = views.find((view) => !view.settled && !view.stopped)?.lane.target;
  if (target === undefined) return { steps: [], exhausted: underWay.size === 0 };
  const open = openLanes(content, views, target);
  const ready: Step[] = [];
  let moves = views.reduce((sum, view) => sum + view.moves, 0);
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

/** Lanes of the current target that are under way or may begin, within the limit of nodes. */
function openLanes(content: PlanContent, views: readonly LaneView[], target: number): readonly LaneView[] {
  let unavailable = views.filter((view) => view.holdsPlace).length;
  let controlPlane = views.some((view) => isControlPlane(view.lane) && view.holdsPlace);
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

function readyInLane(view: LaneView, state: RunState, underWay: ReadonlySet<string>): readonly Step[] {
  const tier = lowestOpenTier(view.steps, state);
  return view.steps.filter(
    (step) =>
      // A pod that counts as moving is awaited whatever else is open, or nothing else could ever move.
      (step.tier === tier || (step.kind === "AwaitReplacement" && !waitsForNewNode(step))) &&
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
