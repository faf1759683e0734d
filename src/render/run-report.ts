import { CODES } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import { EXPLANATIONS } from "#model/explanations/explanations.ts";
import type { RunEnd } from "#model/run.ts";
import { commandInText } from "./command-in-text.ts";
import { GLYPHS, type Line, pad, plain, span } from "./palette.ts";
import { laneTitle } from "./plan-words.ts";
import type { LaneView, RunView, StepView, StepViewResult } from "./run-view.ts";
import { lowerFirst } from "./run-words.ts";
import { sanitise } from "./sanitise.ts";
import { seeCode } from "./see-code.ts";
import { count, duration, listed } from "./words.ts";

/** What a run did, node by node. It says what is recorded, not what was planned. */
export function runReport(view: RunView): readonly Line[] {
  const steps = view.lanes.flatMap((lane) => lane.steps);
  const done = (kind: StepView["step"]["kind"]): readonly StepView[] =>
    steps.filter(({ step, result }) => step.kind === kind && result?.outcome === "done");
  const evicted = done("EvictPod");
  const satisfied = steps.filter(
    ({ step, result }) =>
      step.kind === "EvictPod" && result !== null && result.outcome !== "done" && result.outcome !== "failed",
  );
  const late = evicted.filter(({ discovered }) => discovered).length;
  const facts = [
    `${count(evicted.length, "pod")} evicted`,
    `${late} of them came to ${late === 1 ? "its" : "their"} node meanwhile`,
    `${satisfied.length} had moved already`,
    `${count(done("TerminateInstance").length, "instance")} terminated`,
  ].filter((fact) => !fact.startsWith("0 "));
  const resumed = view.processes - 1;
  const taken = resumed < 1 ? "" : `, resumed ${resumed === 1 ? "once" : `${resumed} times`}`;
  const begun = view.lanes.filter(isBegun);
  const waiting = view.lanes.filter((lane) => !isBegun(lane));
  const width = Math.max(8, ...view.lanes.map((lane) => [...sanitise(titleOf(lane))].length)) + 2;
  return [
    [
      span(`Run ${view.run} of ${view.plan.content.name}`, "bold"),
      span(`: ${duration(view.lastAt - view.startedAt - view.rested)}${taken}`),
    ],
    plain(`  ${facts.join(" · ") || "no pod was evicted, no instance terminated"}`),
    ...begun.map((lane) => laneLine(lane, width)),
    ...(waiting.length > MOST_NOT_BEGUN
      ? [notBegunLine(waiting, width)]
      : waiting.map((lane) => laneLine(lane, width))),
  ];
}

/** More lanes than these that were not begun are counted and not named: the plan names them. */
const MOST_NOT_BEGUN = 5;

function notBegunLine(waiting: readonly LaneView[], width: number): Line {
  const [next] = waiting;
  return [
    span(`  ${GLYPHS.pending} `, "dim"),
    span(pad(next ? sanitise(titleOf(next)) : "", width)),
    span(`not begun, and so are ${waiting.length - 1} more`),
  ];
}

const isBegun = ({ stopped, steps }: LaneView): boolean =>
  stopped !== null || steps.some(({ startedAt, result }) => startedAt > 0 || result !== null);

const titleOf = ({ lane }: LaneView): string => (lane.kind === "node" ? lane.node : laneTitle(lane));

function laneLine(lane: LaneView, width: number): Line {
  const evicted = lane.steps.filter(
    ({ step, result }) => step.kind === "EvictPod" && result?.outcome === "done",
  );
  const next = lane.steps.find(({ step }) => step.kind === "AwaitNewNode")?.result;
  const settled = lane.steps.every(({ result }) => result !== null && result.outcome !== "failed");
  const failed = lane.stopped !== null || lane.steps.some(({ result }) => result?.outcome === "failed");
  const glyph = settled ? GLYPHS.done : failed ? GLYPHS.failed : GLYPHS.pending;
  const words = isBegun(lane)
    ? [`${count(evicted.length, "pod")} evicted`, successorWords(next), lane.stopped?.message ?? ""]
    : ["not begun"];
  return [
    span(`  ${glyph} `, settled ? "green" : failed ? "red" : "dim"),
    span(pad(sanitise(titleOf(lane)), width)),
    span(words.filter((word) => word !== "").join(" · ")),
  ];
}

/** "replaced by ip-10-0-2-4 (i-0998…)"; what is known where there is no successor. */
function successorWords(result: StepViewResult | null | undefined): string {
  if (!result) return "";
  const { successor } = result.facts;
  if (successor) return `replaced by ${successor.node} (${successor.instanceId})`;
  return lowerFirst(result.message || CODES[result.code]);
}

export interface EndOptions {
  /** As it stands on the command line; null where the plan is not a file. */
  readonly planFile: string | null;
  /** What asked for the stop: "SIGTERM"; "" where nothing did. */
  readonly signal: string;
  /** Flags that the command was given and that a resume or an abort needs too: " --context prod"; or "". */
  readonly flags: string;
  /** The command line that begins it, where that is not an apply of the plan file. */
  readonly again?: string;
}

const RESUMABLE: readonly number[] = [EXIT.stopped, EXIT.failed, EXIT.unknown];

/** The last lines of apply, resume and abort: what is so now, and what to do. */
export function endLines(end: RunEnd, options: EndOptions): readonly Line[] {
  const code: readonly Line[] = end.exit === EXIT.done ? [] : [[span(seeCode(end.code), "dim")]];
  const planFile = options.planFile ?? "plan.json";
  if (end.run === "") {
    // It ended before it took a run up, so nothing is known of cordons.
    const isStopped = end.exit === EXIT.stopped;
    return [
      ...headOf(end, options.signal),
      ...code,
      ...(isStopped ? again(options.again ?? `dextre apply ${planFile}${options.flags}`) : []),
    ];
  }
  return [
    ...headOf(end, options.signal),
    ...cordonLines(end),
    ...code,
    ...(RESUMABLE.includes(end.exit)
      ? again(`dextre resume ${planFile}${options.flags}`, `dextre abort ${end.run}${options.flags}`)
      : []),
  ];
}

function again(resume: string, undo?: string): readonly Line[] {
  return [
    [span("Resume with:  "), span(resume, "command")],
    ...(undo === undefined ? [] : [[span("Undo with:    "), span(undo, "command")]]),
  ];
}

function cordonLines({ cordoned, cordonedBefore = [], exit }: RunEnd): readonly Line[] {
  if (cordoned.length === 0)
    return RESUMABLE.includes(exit) ? [plain("No node is cordoned by this run.")] : [];
  const ours = cordoned.filter((node) => !cordonedBefore.includes(node));
  const said = (nodes: readonly string[], one: string, more: string): readonly Line[] => {
    if (nodes.length === 0) return [];
    return [plain(`${count(nodes.length, "node")} ${nodes.length === 1 ? one : more}: ${listed(nodes)}.`)];
  };
  return [
    ...said(ours, "is cordoned by this run", "are cordoned by this run"),
    ...said(cordonedBefore, "stays cordoned by somebody else", "stay cordoned by somebody else"),
  ];
}

/** What ended it; a clause behind a semicolon, which is mostly what to do, gets a line of its own. */
function headOf(end: RunEnd, signal: string): readonly Line[] {
  const [first = "", ...more] = end.message.split("; ");
  const clauses = more.filter((clause) => !clause.startsWith(ASKED));
  // What can be resumed says how; of a refusal nobody is left with a sentence alone.
  const todo = REFUSED.includes(end.exit) && clauses.length === 0 ? [EXPLANATIONS[end.code].todo] : [];
  return [
    headLine({ ...end, message: first }, signal),
    ...[...more, ...todo].map((clause) => commandInText(`  ${clause}`)),
  ];
}

const REFUSED: readonly number[] = [EXIT.refused, EXIT.locked, EXIT.notApproved];
/** Says where it was, and not what to do. */
const ASKED = "asked: ";

function headLine(end: RunEnd, signal: string): Line {
  switch (end.exit) {
    case EXIT.done:
      return [span(`${GLYPHS.done} ${end.message}`, "green")];
    case EXIT.refused:
    case EXIT.locked:
    case EXIT.notApproved:
      return [span("Refused, nothing was changed: ", "yellow"), span(end.message)];
    case EXIT.stopped:
      if (end.run === "") return [span("Stopped: ", "yellow"), span(`${end.message}.`)];
      return [
        span(`Stopped at a safe point${signal === "" ? "" : ` (${signal})`}.`, "yellow"),
        span(" All that was sent is answered."),
      ];
    case EXIT.unknown:
      return [span("Stopped, and one outcome is unknown: ", "red"), span(end.message)];
    default:
      return [span("Stopped: ", "red"), span(end.message)];
  }
}
