import type { Code } from "#model/codes.ts";
import type { Lane, Plan, Step } from "#model/plan.ts";
import type { Outcome, ResultFacts, RunEvent, RunRecord, WaitReason } from "#model/run.ts";
import { STEP_KINDS } from "#model/step-kinds.ts";

/** What people see of a run: the fold of its events over its plan. Times are milliseconds. */
export interface RunView {
  readonly plan: Plan;
  readonly run: string;
  /** 0 until the first event. */
  readonly startedAt: number;
  readonly lastAt: number;
  /** How long no process worked on it since it began, as far as its records tell. */
  readonly rested: number;
  /** How often a process took it up, the first included. */
  readonly processes: number;
  readonly lanes: readonly LaneView[];
  readonly laneOfStep: ReadonlyMap<string, number>;
  readonly end: RunViewEnd | null;
  readonly notices: readonly string[];
}

export type RunViewEnd =
  | { readonly kind: "finished" }
  | { readonly kind: "stopped"; readonly code: Code; readonly message: string }
  | { readonly kind: "aborted"; readonly undone: readonly string[]; readonly left: readonly string[] };

export interface LaneView {
  readonly lane: Lane;
  readonly steps: readonly StepView[];
  readonly stopped: { readonly code: Code; readonly message: string } | null;
}

export interface StepView {
  readonly step: Step;
  readonly discovered: boolean;
  /** 0: not yet. */
  readonly startedAt: number;
  readonly timeoutSeconds: number;
  readonly waiting: (WaitReason & { readonly since: number }) | null;
  readonly result: StepViewResult | null;
}

export interface StepViewResult {
  readonly outcome: Outcome;
  readonly code: Code;
  readonly message: string;
  readonly facts: ResultFacts;
  readonly at: number;
}

/** Nothing was to be done, or the world had done it: no tick, because a tick says that the run did it. */
export function wasNotNeeded({ step, result }: StepView): boolean {
  if (result?.outcome === "skipped") return true;
  if (result?.outcome !== "satisfied") return false;
  return STEP_KINDS[step.kind].mutates || GONE_BEFORE.has(result.code);
}

/** Codes of what was gone, or another one, before it was its turn: nothing was done, and nothing awaited. */
const GONE_BEFORE: ReadonlySet<Code> = new Set([
  "R-NODE-GONE",
  "R-NODE-RENEWED",
  "R-POD-GONE",
  "R-POD-MOVED",
  "R-POD-RENEWED",
  "R-FINISHED-POD",
]);

const fresh = (step: Step, discovered: boolean): StepView => ({
  step,
  discovered,
  startedAt: 0,
  timeoutSeconds: step.timeoutSeconds,
  waiting: null,
  result: null,
});

export function beginRunView(plan: Plan): RunView {
  const { lanes, steps } = plan.content;
  const position = new Map(lanes.map((lane, index) => [lane.id, index]));
  const views = lanes.map(
    (lane): LaneView => ({
      lane,
      steps: steps.filter((step) => step.lane === lane.id).map((step) => fresh(step, false)),
      stopped: null,
    }),
  );
  return {
    plan,
    run: "",
    startedAt: 0,
    lastAt: 0,
    rested: 0,
    processes: 0,
    lanes: views,
    laneOfStep: new Map(steps.map((step) => [step.id, position.get(step.lane) ?? -1])),
    end: null,
    notices: [],
  };
}

/** The view after an event; the view before is left as it was. Unknown steps change nothing. */
export function viewRun(view: RunView, event: RunEvent): RunView {
  const at = Date.parse(event.kind === "Recorded" ? event.entry.at : event.at);
  const next = { ...view, startedAt: view.startedAt || at, lastAt: Math.max(at, view.lastAt) };
  switch (event.kind) {
    case "Recorded":
      return viewRecord(next, event.entry.record, at, next.lastAt - view.lastAt);
    case "StepStarted":
      return changeStep(next, event.step, (step) => ({
        ...step,
        startedAt: at,
        timeoutSeconds: event.timeoutSeconds,
        waiting: null,
        result: null,
      }));
    case "StepWaiting":
      return changeStep(next, event.step, (step) => ({
        ...step,
        waiting: { ...event.reason, since: sinceOf(step, event.reason, at) },
      }));
    case "Notice":
      return { ...next, notices: [...next.notices, event.message].slice(-3) };
  }
}

/** A reason that only changes its words (a count, a name) goes on since it began. */
const sinceOf = (step: StepView, reason: WaitReason, at: number): number =>
  step.waiting?.code === reason.code ? step.waiting.since : at;

/** `since` is how long before it the last event was, in milliseconds. */
function viewRecord(view: RunView, record: RunRecord, at: number, since: number): RunView {
  switch (record.kind) {
    case "RunStarted":
      return { ...view, run: record.run, processes: 1 };
    case "RunResumed":
      return {
        ...view,
        rested: view.rested + since,
        processes: view.processes + 1,
        end: null,
        lanes: view.lanes.map(reopen),
      };
    case "StepIntent":
      return changeStep(view, record.step, (step) => ({ ...step, startedAt: step.startedAt || at }));
    case "StepResult": {
      const { outcome, code, message, facts } = record;
      const result = { outcome, code, message, facts, at };
      return changeStep(view, record.step, (step) => ({
        ...step,
        startedAt: step.startedAt || at,
        waiting: null,
        result,
      }));
    }
    case "PodDiscovered":
      return discover(view, record.lane, record.steps, record.before);
    case "LaneStopped":
      return changeLane(view, record.lane, (lane) => ({
        ...lane,
        stopped: { code: record.code, message: record.message },
      }));
    case "RunStopped":
      return { ...view, end: { kind: "stopped", code: record.code, message: record.message } };
    case "RunFinished":
      return { ...view, end: { kind: "finished" } };
    case "AbortStarted":
    case "NodeUncordoned":
      return view;
    case "RunAborted":
      return { ...view, end: { kind: "aborted", undone: record.undone, left: record.left } };
  }
}

/** A resume tries again what had stopped: why it did, or what was waited for, is no news of this process. */
function reopen(lane: LaneView): LaneView {
  const steps = lane.steps.map((step) =>
    step.result === null || step.result.outcome === "failed"
      ? { ...step, startedAt: 0, waiting: null, result: null }
      : step,
  );
  return { ...lane, steps, stopped: null };
}

function changeStep(view: RunView, id: string, change: (step: StepView) => StepView): RunView {
  const index = view.laneOfStep.get(id);
  const lane = index === undefined ? undefined : view.lanes[index];
  if (index === undefined || !lane) return view;
  const steps = lane.steps.map((step) => (step.step.id === id ? change(step) : step));
  return { ...view, lanes: view.lanes.with(index, { ...lane, steps }) };
}

function changeLane(view: RunView, id: string, change: (lane: LaneView) => LaneView): RunView {
  return { ...view, lanes: view.lanes.map((lane) => (lane.lane.id === id ? change(lane) : lane)) };
}

function discover(view: RunView, laneId: string, steps: readonly Step[], before: string | null): RunView {
  const index = view.lanes.findIndex(({ lane }) => lane.id === laneId);
  const lane = view.lanes[index];
  const tier = steps[0]?.tier ?? 1;
  if (!lane) return view;
  const named = before === null ? -1 : lane.steps.findIndex(({ step }) => step.id === before);
  const behind = lane.steps.findIndex(({ step }) => step.tier > tier);
  const place = named >= 0 ? named : behind >= 0 ? behind : lane.steps.length;
  const added = lane.steps.toSpliced(place, 0, ...steps.map((step) => fresh(step, true)));
  const laneOfStep = new Map(view.laneOfStep);
  for (const step of steps) laneOfStep.set(step.id, index);
  return { ...view, lanes: view.lanes.with(index, { ...lane, steps: added }), laneOfStep };
}
