import { type Line, paintAll } from "#render/palette.ts";
import type { Output } from "./terminal.ts";

/** Lines for a person: on a terminal broken between words, elsewhere as long as they are. */
export function writeLines(output: Output, lines: readonly Line[]): void {
  output.write(paintAll(lines, output.colour, readingColumns(output)));
}

/** Width of the terminal that somebody reads on; without end where it is none. */
export const readingColumns = (output: Output): number =>
  output.isTerminal ? output.size().columns : Number.POSITIVE_INFINITY;
