import { GLYPHS, type Line, pad, plain, type Style, span } from "./palette.ts";
import { laneTitle } from "./plan-words.ts";
import { isLaneSettled, isLaneUnderWay, isSettled, isUnderWay, progressOf } from "./run-progress.ts";
import { type LaneView, type RunView, type StepView, wasNotNeeded } from "./run-view.ts";
import { objectOf, resultWords, verbOf, waitingWords } from "./run-words.ts";
import { sanitise } from "./sanitise.ts";
import { shortNames } from "./short-names.ts";
import { roughly, stopwatch } from "./words.ts";
import { wrapLine } from "./wrap-line.ts";

const BAR_CELLS = 12;

export interface FrameSize {
  /** Lines that fit; the frame is cut to them, what is under way stays in. At least 5. */
  readonly rows: number;
  /** Width to which explanations are wrapped; everything else is cut when it is painted. */
  readonly columns: number;
}

/** What the live view shows at an instant. `now` is milliseconds since the epoch. */
export function liveFrame(view: RunView, now: number, size: FrameSize): readonly Line[] {
  const lanes = view.lanes.filter(isLaneUnderWay);
  const short = shortNames(view.plan);
  const body = lanes.flatMap((lane) => laneLines(lane, { now, columns: size.columns, short }));
  const notices = view.notices.map((notice): Line => [span(`  ${GLYPHS.warning} ${notice}`, "yellow")]);
  return cutTo([headLine(view, now), [], ...body, ...notices], size.rows);
}

function headLine(view: RunView, now: number): Line {
  const progress = progressOf(view, now);
  const parts = [
    progress.nodes > 0
      ? `node ${Math.min(progress.nodesSettled + 1, progress.nodes)} of ${progress.nodes}`
      : "",
    progress.pods > 0 ? `pod ${Math.min(progress.podsSettled + 1, progress.pods)} of ${progress.pods}` : "",
  ].filter((part) => part !== "");
  const left = progress.leftMilliseconds === null ? "" : ` · ${roughly(progress.leftMilliseconds)} left`;
  // Nothing is begun while the lock is taken and the cluster is read.
  const elapsed = stopwatch(now - (view.startedAt || now) - view.rested);
  return [span(view.plan.content.name, "bold"), span(`  ${parts.join("  ")}   ${elapsed}${left}`)];
}

interface FrameLayout {
  readonly now: number;
  readonly columns: number;
  /** Node names without what they all end in. */
  readonly short: (text: string) => string;
}

function laneLines(lane: LaneView, layout: FrameLayout): readonly Line[] {
  const done = lane.steps.filter(isSettled).length;
  const full = Math.floor((done / Math.max(lane.steps.length, 1)) * BAR_CELLS);
  const name = lane.lane.kind === "node" ? layout.short(lane.lane.node) : laneTitle(lane.lane);
  const bar = GLYPHS.full.repeat(full) + GLYPHS.empty.repeat(BAR_CELLS - full);
  const rows = lane.steps.filter((step) => isShown(step, lane));
  const width = Math.max(10, ...rows.map((row) => [...labelOf(row)].length)) + 2;
  return [
    [span(`  ${name}   `, "cyan"), span(bar, "green"), span(`  ${phaseOf(lane)}`)],
    ...rows.flatMap((row) => rowLines(row, awaitOf(row, lane), { ...layout, width })),
  ];
}

/** A pod by its name; what is done to the node by the verb, because the node stands above. */
const labelOf = ({ step }: StepView): string =>
  sanitise(step.kind === "EvictPod" ? objectOf(step) : verbOf(step));

/** A pod is one row, its await folded in; the node's own steps show while they run. */
function isShown({ step, startedAt, result }: StepView, lane: LaneView): boolean {
  if (step.kind === "EvictPod") return true;
  if (step.kind === "AwaitReplacement") return false;
  return !isLaneSettled(lane) && startedAt > 0 && (result === null || result.outcome === "failed");
}

const awaitOf = ({ step }: StepView, lane: LaneView): StepView | undefined =>
  step.kind === "EvictPod"
    ? lane.steps.find(
        (other) => other.step.kind === "AwaitReplacement" && other.step.target.uid === step.target.uid,
      )
    : undefined;

interface RowLayout extends FrameLayout {
  readonly width: number;
}

/** What is waited for, or went wrong, is the reason why people look: it is wrapped, never cut. */
function rowLines(row: StepView, awaiting: StepView | undefined, layout: RowLayout): readonly Line[] {
  const shown = awaiting && (awaiting.startedAt > 0 || awaiting.result !== null) ? awaiting : row;
  const { glyph, style, words } = stateOf(shown, awaiting !== undefined && shown === row, layout.now);
  const text = layout.short(sanitise(words));
  const look: Style = style === "red" ? "red" : "dim";
  const head: Line = [span(`     ${glyph} `, style), span(pad(labelOf(row), layout.width))];
  const line: Line = [...head, span(text, look)];
  return glyph === GLYPHS.waiting || glyph === GLYPHS.failed ? wrapLine(line, layout.columns) : [line];
}

function stateOf(
  step: StepView,
  hasAwait: boolean,
  now: number,
): { glyph: string; style: Style; words: string } {
  if (step.result?.outcome === "failed")
    return { glyph: GLYPHS.failed, style: "red", words: resultWords(step) };
  if (step.result && hasAwait && step.result.outcome === "done") {
    return { glyph: GLYPHS.waiting, style: "yellow", words: "evicted" };
  }
  if (wasNotNeeded(step)) return { glyph: GLYPHS.skipped, style: "dim", words: resultWords(step) };
  if (step.result) return { glyph: GLYPHS.done, style: "green", words: resultWords(step) };
  if (isUnderWay(step)) return { glyph: GLYPHS.waiting, style: "yellow", words: waitingWords(step, now) };
  return { glyph: GLYPHS.pending, style: "dim", words: step.discovered ? "came here meanwhile" : "" };
}

function phaseOf(lane: LaneView): string {
  const current = lane.steps.find((step) => !isSettled(step));
  switch (current?.step.kind) {
    case undefined:
      return "done";
    case "CordonNode":
    case "ResolvePods":
      return "cordoning";
    case "EvictPod":
    case "AwaitReplacement":
      return lane.lane.kind === "node" ? "draining" : "restarting";
    case "AwaitNodeEmpty":
      return "emptying";
    case "TerminateInstance":
    case "AwaitNodeGone":
      return "ending its instance";
    case "AwaitNewNode":
      return "awaiting the new node";
  }
}

/** Cuts from what is pending, then from what is done. */
function cutTo(lines: readonly Line[], rows: number): readonly Line[] {
  if (lines.length <= rows) return lines;
  const active = lines.findIndex((line) => line.some(({ text }) => text.includes(GLYPHS.waiting)));
  const head = lines.slice(0, 2);
  const room = rows - head.length - 1;
  const from = Math.max(2, Math.min((active < 0 ? 2 : active) - 1, lines.length - room));
  return [...head, ...lines.slice(from, from + room), plain(`  … ${lines.length - room - 2} more lines`)];
}
