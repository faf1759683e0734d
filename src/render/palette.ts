import { sanitise } from "./sanitise.ts";
import { wrapLine } from "./wrap-line.ts";

/** Colour and glyphs live here and nowhere else. A "command" is to be copied: bold, and never broken. */
export type Style = "plain" | "bold" | "command" | "dim" | "red" | "yellow" | "green" | "cyan";

export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** One line of output; how it looks is decided when it is painted. */
export type Line = readonly Span[];

/** Whether escape sequences may be written: a terminal, and no NO_COLOR. */
export type Colour = "ansi" | "none";

const CODES: Readonly<Record<Exclude<Style, "plain">, number>> = {
  bold: 1,
  command: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  cyan: 36,
};

export const GLYPHS = {
  done: "✓",
  failed: "✗",
  waiting: "◌",
  running: "▸",
  pending: "·",
  skipped: "–",
  warning: "!",
  full: "█",
  empty: "░",
} as const;

const ESCAPE = "\u001b[";

export const span = (text: string, style: Style = "plain"): Span => ({ text, style });

/** A line of plain text. */
export const plain = (text: string): Line => [span(text)];

/** Spans as one text, each sanitised, cut to `columns`, without trailing blanks. */
export function paint(line: Line, colour: Colour, columns = Number.POSITIVE_INFINITY): string {
  const clean = cleanOf(line);
  let room = columns;
  let out = "";
  for (const { text, style } of clean) {
    const shown = cut(text, room);
    room -= lengthOf(shown);
    out += style === "plain" || colour === "none" ? shown : wrap(shown, style);
    if (room <= 0) break;
  }
  return out;
}

/**
 * Lines as a text that ends with a line feed; no lines are no text. Lines that are longer than
 * `columns` are broken between words; without it they are left as they are.
 */
export function paintAll(lines: readonly Line[], colour: Colour, columns = Number.POSITIVE_INFINITY): string {
  return lines
    .flatMap((line): readonly Line[] => wrapLine(cleanOf(line), columns))
    .map((line) => `${paint(line, colour)}\n`)
    .join("");
}

const cleanOf = (line: Line): Line => withoutTail(line.map(({ text, style }) => span(sanitise(text), style)));

const lengthOf = (text: string): number => [...text].length;

function cut(text: string, room: number): string {
  const characters = [...text];
  return characters.length <= room ? text : `${characters.slice(0, Math.max(room - 1, 0)).join("")}…`;
}

function withoutTail(line: Line): Line {
  const last = line.at(-1);
  if (!last) return line;
  const text = last.text.trimEnd();
  return text === "" ? withoutTail(line.slice(0, -1)) : [...line.slice(0, -1), span(text, last.style)];
}

const wrap = (text: string, style: Exclude<Style, "plain">): string =>
  text === "" ? "" : `${ESCAPE}${CODES[style]}m${text}${ESCAPE}0m`;

/** Blanks up to a width; a longer text keeps two blanks behind it. */
export function pad(text: string, width: number): string {
  const length = lengthOf(text);
  return text + " ".repeat(length < width ? width - length : 2);
}
