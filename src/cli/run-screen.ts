import type { Clock } from "#gateway/ports.ts";
import type { Code } from "#model/codes.ts";
import type { Plan } from "#model/plan.ts";
import type { JournalEntry, RunEnd, RunEvent } from "#model/run.ts";
import { liveFrame } from "#render/live-frame.ts";
import { heartbeatLine, logLines, timeOf } from "#render/log-lines.ts";
import { type Line, paint, paintAll } from "#render/palette.ts";
import { runReport } from "#render/run-report.ts";
import { beginRunView, type RunView, viewRun } from "#render/run-view.ts";
import { LineDiff } from "./line-diff.ts";
import type { Output } from "./terminal.ts";
import { writeLines } from "./write-lines.ts";

const HEARTBEAT_MILLISECONDS = 30_000;
/** A wait that is over sooner is no news: its result says enough. */
const NEWS_MILLISECONDS = 2000;
const TICK_MILLISECONDS = 250;
const REPAINT_MILLISECONDS = 125;

export interface RunScreenOptions {
  readonly plan: Plan;
  /** What earlier processes of the run recorded: shown as the state, not as lines. */
  readonly before: readonly JournalEntry[];
  readonly output: Output;
  readonly clock: Pick<Clock, "now">;
}

/** A run on a screen: repainted in place where a person watches, else a line for each change. */
export class RunScreen {
  readonly #options: RunScreenOptions;
  readonly #diff: LineDiff | null;
  readonly #timer: NodeJS.Timeout;
  /** Waits that are not in the log yet, by step. */
  readonly #waits = new Map<string, Extract<RunEvent, { kind: "StepWaiting" }>>();
  /** Code of the wait that the log said last, by step: other words for it are the heartbeat's matter. */
  readonly #saidWaits = new Map<string, Code>();
  /** Time of the last event in the log, ISO 8601. */
  #loggedTime = "";
  #view: RunView;
  #writtenAt: number;
  /** Of the terminal, when it was last painted. */
  #columns: number;

  constructor(options: RunScreenOptions) {
    const { plan, before, output, clock } = options;
    this.#options = options;
    this.#view = before
      .map((entry): RunEvent => ({ kind: "Recorded", entry }))
      .reduce(viewRun, beginRunView(plan));
    this.#diff = output.isLive ? new LineDiff(output) : null;
    this.#writtenAt = clock.now();
    this.#columns = output.size().columns;
    this.#timer = setInterval(() => this.#tick(), this.#diff ? REPAINT_MILLISECONDS : TICK_MILLISECONDS);
    this.#timer.unref();
  }

  get view(): RunView {
    return this.#view;
  }

  show(event: RunEvent): void {
    this.#view = viewRun(this.#view, event);
    if (this.#diff) return;
    if (event.kind === "StepWaiting") this.#waits.set(event.step, event);
    else {
      if (event.kind === "Recorded" && "step" in event.entry.record)
        this.#waits.delete(event.entry.record.step);
      this.#log(event, timeOf(event));
    }
  }

  /**
   * A log does not go back in time: a record has its time before it is durable, and what happens meanwhile is told
   * before it.
   */
  #log(event: RunEvent, at: string): void {
    const time = at > this.#loggedTime ? at : this.#loggedTime;
    const lines = logLines(this.#view, event, time);
    if (lines.length === 0) return;
    this.#loggedTime = time;
    this.#write(lines);
  }

  /** A line above the live view, or in the log. */
  say(line: Line): void {
    this.#diff?.clear(this.#options.output.size().columns);
    this.#write([line]);
  }

  /** Ends the view: the last frame gives way to the report, where anything was done. */
  finish(end: RunEnd): void {
    clearInterval(this.#timer);
    this.#diff?.clear(this.#options.output.size().columns);
    const { output } = this.#options;
    if (end.run !== "" && this.#view.run !== "") writeLines(output, [[], ...runReport(this.#view), []]);
  }

  #tick(): void {
    const now = this.#options.clock.now();
    if (this.#diff) this.#repaint(this.#diff, now);
    else {
      this.#writeWaits(now);
      if (now - this.#writtenAt >= HEARTBEAT_MILLISECONDS) this.#write([heartbeatLine(this.#view, now)]);
    }
  }

  #repaint(diff: LineDiff, now: number): void {
    const { output } = this.#options;
    const { columns, rows } = output.size();
    if (columns !== this.#columns) diff.clear(columns);
    this.#columns = columns;
    const lines = liveFrame(this.#view, now, { rows: Math.max(rows - 1, 5), columns: columns - 1 });
    diff.paint(lines.map((line) => paint(line, output.colour, columns - 1)));
  }

  #writeWaits(now: number): void {
    for (const [step, event] of this.#waits) {
      if (now - Date.parse(event.at) < NEWS_MILLISECONDS) continue;
      this.#waits.delete(step);
      if (this.#saidWaits.get(step) === event.reason.code) continue;
      this.#saidWaits.set(step, event.reason.code);
      // What was held back is told as of now: that it is still so is the news.
      this.#log(event, new Date(now).toISOString());
    }
  }

  #write(lines: readonly Line[]): void {
    if (lines.length === 0) return;
    this.#writtenAt = this.#options.clock.now();
    this.#options.output.write(paintAll(lines, this.#options.output.colour));
  }
}
