import type { RunEvent, RunRecord } from "#model/run.ts";
import { GLYPHS, type Line, pad, type Style, span } from "./palette.ts";
import { laneTitle } from "./plan-words.ts";
import { isSettled, progressOf, waitingSteps } from "./run-progress.ts";
import { type RunView, type StepView, wasNotNeeded } from "./run-view.ts";
import { objectOf, resultWords, verbOf, waitingWords } from "./run-words.ts";
import { count, listed, roughly } from "./words.ts";

/**
 * The lines that an event adds to a log; `view` is the run after the event. Most events add one or none. `at`: the
 * time that stands before them, ISO 8601; when it happened, unless it is told later.
 */
export function logLines(view: RunView, event: RunEvent, at = timeOf(event)): readonly Line[] {
  return eventLines(view, event).map((line) => stamped(at, line));
}

/** When it happened, ISO 8601. */
export function timeOf(event: RunEvent): string {
  return event.kind === "Recorded" ? event.entry.at : event.at;
}

function eventLines(view: RunView, event: RunEvent): readonly Line[] {
  switch (event.kind) {
    case "Recorded":
      return recordLines(view, event.entry.record);
    case "StepStarted":
      return [];
    case "StepWaiting": {
      const step = stepOf(view, event.step);
      return step ? [stepLine(step, GLYPHS.waiting, event.reason.message, "yellow")] : [];
    }
    case "Notice":
      return [[span(`${GLYPHS.warning} ${event.message} `, "yellow"), span(event.code, "dim")]];
  }
}

/** Every half minute: k of n, what is waited for and since when, the time left. */
export function heartbeatLine(view: RunView, now: number): Line {
  const progress = progressOf(view, now);
  const parts: string[] = [];
  if (progress.nodes > 0) parts.push(`${progress.nodesSettled} of ${count(progress.nodes, "node")}`);
  if (progress.pods > 0) parts.push(`${progress.podsSettled} of ${count(progress.pods, "pod")}`);
  const [first, ...others] = waitingSteps(view);
  if (first) parts.push(`${verbOf(first.step)} ${objectOf(first.step)}: ${waitingWords(first, now)}`);
  if (others.length > 0) parts.push(`and ${count(others.length, "other wait")}`);
  if (progress.leftMilliseconds !== null) parts.push(`${roughly(progress.leftMilliseconds)} left`);
  return stamped(new Date(now).toISOString(), [span(`… ${parts.join(" · ")}`, "dim")]);
}

function recordLines(view: RunView, record: RunRecord): readonly Line[] {
  switch (record.kind) {
    case "RunStarted":
      return [[span(`run ${record.run} begins: ${record.plan} ${record.digest}`, "bold")]];
    case "RunResumed":
      return [[span(`run ${view.run} goes on, on host ${record.host}`, "bold")]];
    case "StepIntent": {
      const step = stepOf(view, record.step);
      const isEnd = record.intent.kind === "TerminateInstance";
      return step && isEnd ? [stepLine(step, GLYPHS.running, "sending", "plain")] : [];
    }
    case "StepResult": {
      const step = stepOf(view, record.step);
      return step ? [resultLine(step)] : [];
    }
    case "PodDiscovered": {
      const [evict] = record.steps;
      return [
        [
          span(
            `${GLYPHS.pending} ${objectOf(evict)} came to ${evict.target.node} meanwhile: it is moved too`,
          ),
        ],
      ];
    }
    case "LaneStopped":
      return [
        [
          span(`${GLYPHS.failed} ${laneWords(view, record.lane)} goes no further: ${record.message} `, "red"),
          span(record.code, "dim"),
        ],
      ];
    case "NodeUncordoned":
      return [[span(`${GLYPHS.done} ${record.node} is uncordoned: none of its pods was evicted`)]];
    case "RunStopped":
      return [
        [span(`${GLYPHS.failed} ${stopWords(view, record.message)} `, "yellow"), span(record.code, "dim")],
      ];
    case "RunFinished":
      return [[span(`${GLYPHS.done} finished`, "green")]];
    case "AbortStarted":
      return [[span(`undoing what run ${view.run} left`, "bold")]];
    case "RunAborted":
      return [[span(abortWords(record.undone, record.left), "bold")]];
  }
}

const laneWords = (view: RunView, id: string): string => {
  const found = view.lanes.find(({ lane }) => lane.id === id);
  return found ? laneTitle(found.lane) : id;
};

/** Why the run stops, unless the line of the step or node that failed has just said so. */
function stopWords(view: RunView, message: string): string {
  const said = view.lanes.flatMap(({ steps, stopped }) => [
    stopped?.message ?? "",
    ...steps.map(({ result }) => (result?.outcome === "failed" ? result.message : "")),
  ]);
  return said.some((text) => text !== "" && message.includes(text)) ? "the run stops" : message;
}

function abortWords(undone: readonly string[], left: readonly string[]): string {
  const done = undone.length === 0 ? "nothing was to be undone" : `undone: ${listed(undone)}`;
  return left.length === 0 ? done : `${done}; left as it is: ${listed(left)}`;
}

function resultLine(step: StepView): Line {
  if (step.result?.outcome === "failed") return stepLine(step, GLYPHS.failed, resultWords(step), "red");
  const glyph = wasNotNeeded(step) ? GLYPHS.skipped : GLYPHS.done;
  return stepLine(step, glyph, resultWords(step), isSettled(step) ? "green" : "plain");
}

const stepLine = (view: StepView, glyph: string, words: string, style: Style): Line => [
  span(`${glyph} `, style),
  span(pad(verbOf(view.step), 19)),
  span(`${objectOf(view.step)}  `),
  span(words, style === "red" ? "red" : "dim"),
];

const stepOf = (view: RunView, id: string): StepView | undefined =>
  view.lanes[view.laneOfStep.get(id) ?? -1]?.steps.find(({ step }) => step.id === id);

/** ISO 8601, UTC, whole seconds. */
const stamped = (at: string, line: Line): Line => [span(`${at.slice(0, 19)}Z  `, "dim"), ...line];
