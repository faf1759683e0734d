import { type Line, pad, plain, span } from "./palette.ts";
import { sanitise } from "./sanitise.ts";
import { count, duration, listed } from "./words.ts";

/** A cluster's runs as `status` has them; the executor's ClusterStatus has this shape. */
export interface StatusFacts {
  readonly server: string;
  readonly holder: string;
  readonly renewedAt: string;
  readonly holderIsGone: boolean;
  readonly runs: readonly StatusRun[];
  readonly marked: readonly { readonly node: string; readonly run: string; readonly schedulable: boolean }[];
}

export interface StatusRun {
  readonly run: string;
  readonly name: string;
  readonly phase: string;
  readonly host: string;
  readonly path: string;
  readonly startedAt: string;
  readonly stepsSettled: number;
  readonly stepsTotal: number;
  readonly cordoned: readonly string[];
  readonly stopped: string | null;
}

/**
 * `now` is milliseconds since the epoch; `flags` are those that a resume of these runs needs too, or "";
 * `columns` is the width that it is read at.
 */
export function statusLines(
  status: StatusFacts,
  now: number,
  flags: string,
  columns = Number.POSITIVE_INFINITY,
): readonly Line[] {
  const since = Date.parse(status.renewedAt);
  const renewed = Number.isNaN(since) ? "" : `, renewed ${duration(now - since)} ago`;
  const gone = status.holderIsGone ? "; that process is gone, so the lock is free to take" : "";
  return [
    [span("cluster "), span(status.server, "bold")],
    plain(status.holder === "" ? "lock    free" : `lock    held by ${status.holder}${renewed}${gone}`),
    [],
    ...(status.runs.length === 0 ? [plain("no runs are known here")] : table(status.runs, columns)),
    ...status.runs.flatMap((run) => hints(run, flags)),
    ...marks(status),
  ];
}

/** Where the terminal is too narrow, every row goes on in a second line behind so many: these are short. */
const SHORT_COLUMNS = 4;

function table(runs: readonly StatusRun[], columns: number): readonly Line[] {
  const rows = runs.map((run) => [
    run.run,
    run.phase,
    run.stepsTotal === 0 ? "?" : `${run.stepsSettled}/${run.stepsTotal}`,
    run.startedAt.slice(0, 16).replace("T", " "),
    run.name,
    run.host,
    run.cordoned.join(" ") || "–",
  ]);
  const all = [["RUN", "STATE", "STEPS", "STARTED (UTC)", "PLAN", "HOST", "CORDONED"], ...rows].map((row) =>
    row.map(sanitise),
  );
  const widths =
    all[0]?.map((_, column) => Math.max(...all.map((row) => [...(row[column] ?? "")].length)) + 2) ?? [];
  const rowsOfText = all.map((row) => row.map((cell, column) => pad(cell, widths[column] ?? 0)));
  const isNarrow = rowsOfText.some((cells) => [...cells.join("").trimEnd()].length > columns);
  return rowsOfText.flatMap((cells, index) => {
    const style = index === 0 ? "dim" : "plain";
    const parts = [cells.slice(0, SHORT_COLUMNS).join(""), cells.slice(SHORT_COLUMNS).join("")];
    return isNarrow
      ? parts.map((text, part) => [span(part === 0 ? text : `    ${text}`, style)])
      : [[span(parts.join(""), style)]];
  });
}

function hints(run: StatusRun, flags: string): readonly Line[] {
  const undo = span(`dextre abort ${run.run}${flags}`, "command");
  switch (run.phase) {
    case "aborted":
      return [];
    case "finished":
      return run.cordoned.length === 0
        ? []
        : [[], plain(`${run.run}: finished, its nodes stay cordoned`), [span("  Uncordon with:  "), undo]];
    case "elsewhere":
      return [
        ...reason(run),
        [],
        plain(`${run.run} is on ${run.host}, in ${run.path}: resume or abort it there`),
      ];
    case "damaged":
      return reason(run);
    case "running":
      return [[], plain(`${run.run} is under way on ${run.host}: Ctrl-C there stops it at a safe point`)];
    // Its resume would be refused.
    case "aborting":
      return [...reason(run), [span("  Go on undoing with:  "), undo]];
    default:
      return [
        ...(run.stopped === null ? [[], plain(`${run.run}: its process is gone`)] : reason(run)),
        [span("  Resume with:  "), span(`dextre resume ${run.path}/plan.json${flags}`, "command")],
        [span("  Undo with:    "), undo],
      ];
  }
}

const reason = ({ run, stopped }: StatusRun): readonly Line[] =>
  stopped === null ? [] : [[], [span(`${run}: ${stopped}`, "yellow")]];

/** Of a run's own cordoned nodes its row says it all. */
function marks({ marked, runs }: StatusFacts): readonly Line[] {
  const byRun = new Map<string, string[]>();
  for (const { node, run, schedulable } of marked) {
    if (!schedulable && runs.some((other) => other.run === run && other.cordoned.includes(node))) continue;
    const words = schedulable ? `${node} (uncordoned by somebody since)` : node;
    byRun.set(run, [...(byRun.get(run) ?? []), words]);
  }
  return [...byRun].flatMap(([run, nodes]) => {
    const known = runs.some((other) => other.run === run) ? "" : ", which is not known here";
    return [
      [],
      plain(`${count(nodes.length, "node")} with annotations of run ${run}${known}: ${listed(nodes)}`),
    ];
  });
}
