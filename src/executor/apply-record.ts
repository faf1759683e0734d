import type { RunRecord } from "#model/run.ts";
import { GrowingMap } from "./growing-map.ts";
import type { DiscoveredPod, RunState, StepResult } from "./run-state.ts";

/** The fold: the only place where the state of a run changes. Pure. */
export function applyRecord(state: RunState, record: RunRecord): RunState {
  switch (record.kind) {
    case "RunStarted":
      return { ...state, run: record.run, phase: "running" };
    case "RunResumed":
      return {
        ...state,
        phase: "running",
        stop: null,
        results: withoutFailures(state),
        stoppedLanes: new Map(),
      };
    case "StepIntent":
      return { ...state, intents: state.intents.with(record.step, record.intent) };
    case "StepResult":
      return { ...state, results: state.results.with(record.step, resultOf(record)) };
    case "PodDiscovered":
      return { ...state, discovered: withDiscovered(state, record) };
    case "LaneStopped":
      return {
        ...state,
        stoppedLanes: new Map(state.stoppedLanes).set(record.lane, {
          code: record.code,
          message: record.message,
        }),
      };
    case "NodeUncordoned":
      return withoutCordon(state, record.lane);
    case "RunStopped":
      return {
        ...state,
        phase: "stopped",
        stop: { code: record.code, message: record.message, exit: record.exit },
      };
    case "RunFinished":
      return { ...state, phase: "finished", stop: null };
    case "AbortStarted":
      return { ...state, phase: "aborting" };
    case "RunAborted":
      return { ...state, phase: "aborted" };
  }
}

function resultOf(record: Extract<RunRecord, { kind: "StepResult" }>): StepResult {
  return { outcome: record.outcome, code: record.code, message: record.message, facts: record.facts };
}

/** What failed is tried again by the process that takes the run up; what was intended stays known. */
function withoutFailures(state: RunState): RunState["results"] {
  return GrowingMap.from([...state.results].filter(([, result]) => result.outcome !== "failed"));
}

function withDiscovered(
  state: RunState,
  record: Extract<RunRecord, { kind: "PodDiscovered" }>,
): RunState["discovered"] {
  const known: readonly DiscoveredPod[] = state.discovered.get(record.lane) ?? [];
  return new Map(state.discovered).set(record.lane, [
    ...known,
    { before: record.before, steps: record.steps },
  ]);
}

/** The lane is as if it had not begun: a resumed run cordons anew, after a fresh look. */
function withoutCordon(state: RunState, lane: string): RunState {
  const own = new Set([`${lane}/cordon`, `${lane}/resolve`, `${lane}/uncordon`]);
  const isFirstTier = (step: string): boolean => own.has(step);
  return {
    ...state,
    intents: GrowingMap.from([...state.intents].filter(([step]) => !isFirstTier(step))),
    results: GrowingMap.from([...state.results].filter(([step]) => !isFirstTier(step))),
  };
}
