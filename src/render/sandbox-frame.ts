import { GLYPHS, type Line, pad, plain, type Span, type Style, span } from "./palette.ts";
import { count, stopwatch } from "./words.ts";

/** How a pod is, as far as a glyph can tell. */
export type PodMood = "ready" | "starting" | "stopping" | "crashing" | "finished";

export interface SandboxNode {
  readonly name: string;
  readonly role: string;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
  readonly pods: readonly PodMood[];
}

/** Something that happened: somebody asked for it, or the cluster did it ("" in `who`). */
export interface SandboxNews {
  /** ms since epoch. */
  readonly at: number;
  /** A program's name; "" for the cluster itself. */
  readonly who: string;
  readonly words: string;
  readonly isTrouble: boolean;
}

export interface SandboxView {
  readonly name: string;
  /** The command line that points a shell at it. */
  readonly use: string;
  /** ms since epoch. */
  readonly startedAt: number;
  /** In the order in which they are shown. */
  readonly nodes: readonly SandboxNode[];
  /** Pods without a node. */
  readonly unplaced: number;
  /** Latest last. */
  readonly news: readonly SandboxNews[];
  readonly requestCount: number;
}

export interface SandboxFrameSize {
  readonly rows: number;
  readonly columns: number;
}

const LOOKS: Readonly<Record<PodMood, { readonly glyph: string; readonly style: Style }>> = {
  ready: { glyph: GLYPHS.full, style: "green" },
  starting: { glyph: GLYPHS.empty, style: "yellow" },
  stopping: { glyph: GLYPHS.waiting, style: "dim" },
  crashing: { glyph: GLYPHS.failed, style: "red" },
  finished: { glyph: GLYPHS.pending, style: "dim" },
};

/** What the sandbox shows at an instant: its nodes with a glyph for each pod, and what happened last. */
export function sandboxFrame(view: SandboxView, now: number, size: SandboxFrameSize): readonly Line[] {
  const head: readonly Line[] = [headLine(view, now), useLine(view), []];
  const foot = [[], legend()];
  const room = Math.max(0, size.rows - head.length - foot.length);
  const nodes = nodeLines(view, size.columns, Math.max(3, Math.floor(room * 0.6)));
  const newsRoom = Math.max(0, room - nodes.length - 1);
  const news = newsRoom === 0 ? [] : view.news.slice(-newsRoom).map(newsLine);
  return [...head, ...nodes, ...(news.length === 0 ? [] : [[], ...news]), ...foot];
}

function headLine(view: SandboxView, now: number): Line {
  const pods = view.nodes.reduce((sum, node) => sum + node.pods.length, view.unplaced);
  const facts = [count(view.nodes.length, "node"), count(pods, "pod"), count(view.requestCount, "request")];
  return [span(view.name, "bold"), span(`  ${facts.join(", ")}   ${stopwatch(now - view.startedAt)}`)];
}

function useLine({ use }: SandboxView): Line {
  return [span("in another terminal: ", "dim"), span(use, "command")];
}

function nodeLines(view: SandboxView, columns: number, room: number): readonly Line[] {
  const unplaced: readonly Line[] =
    view.unplaced === 0 ? [] : [[span(`  ${count(view.unplaced, "pod")} without a node`, "yellow")]];
  const shown = view.nodes.length <= room ? view.nodes : mostTelling(view.nodes, room - 1);
  const rest = view.nodes.length - shown.length;
  const more = rest === 0 ? [] : [plain(`  … ${count(rest, "more node")}`)];
  const width = Math.max(0, ...shown.map(({ name }) => name.length)) + 2;
  return [...shown.map((node) => nodeLine(node, width, columns)), ...more, ...unplaced];
}

/** Where there is no room for all: those of which there is something to see. */
function mostTelling(nodes: readonly SandboxNode[], room: number): readonly SandboxNode[] {
  const isQuiet = (node: SandboxNode): boolean =>
    node.isReady && !node.isCordoned && node.pods.every((mood) => mood === "ready" || mood === "finished");
  return [...nodes.filter((node) => !isQuiet(node)), ...nodes.filter(isQuiet)].slice(0, Math.max(0, room));
}

function nodeLine(node: SandboxNode, width: number, columns: number): Line {
  const state = node.isReady
    ? node.isCordoned
      ? "cordoned"
      : ""
    : node.isCordoned
      ? "not Ready, cordoned"
      : "not Ready";
  const style: Style = node.isReady ? (node.isCordoned ? "yellow" : "plain") : "red";
  const head = [
    span(`  ${pad(node.name, width)}`, style),
    span(pad(node.role, 15), "dim"),
    span(state === "" ? "" : `${state}  `, style),
  ];
  const used = head.reduce((sum, { text }) => sum + text.length, 0);
  return [...head, ...podSpans(node.pods, Math.max(4, columns - used - 1))];
}

/** A glyph a pod, like ones together, those that are not simply there first. */
function podSpans(pods: readonly PodMood[], room: number): readonly Span[] {
  const moods = Object.keys(LOOKS) as PodMood[];
  const order = [
    ...moods.filter((mood) => mood !== "ready" && mood !== "finished"),
    "ready",
    "finished",
  ] as const;
  const numbers = order.map((mood) => ({ mood, amount: pods.filter((one) => one === mood).length }));
  const isWide = pods.length > room;
  return numbers.flatMap(({ mood, amount }) => {
    const { glyph, style } = LOOKS[mood];
    if (amount === 0) return [];
    return [span(isWide ? `${glyph}×${amount} ` : glyph.repeat(amount), style)];
  });
}

function legend(): Line {
  const words = Object.entries(LOOKS).flatMap(([mood, { glyph, style }]) => [
    span(glyph, style),
    span(` ${mood}   `, "dim"),
  ]);
  return [span("  "), ...words, span("Ctrl-C ends it", "dim")];
}

/** "08:00:03  kubectl  evicts default/web-1" */
export function newsLine({ at, who, words, isTrouble }: SandboxNews): Line {
  const time = new Date(at).toISOString().slice(11, 19);
  return [
    span(`  ${time}  `, "dim"),
    span(who === "" ? "" : `${who} `, "cyan"),
    span(words, isTrouble ? "yellow" : "plain"),
  ];
}
