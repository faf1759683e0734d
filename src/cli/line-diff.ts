import type { Output } from "./terminal.ts";

const ESCAPE = "\u001b[";

/** Every so many paints the block is written whole: a key pressed meanwhile has moved it, or stands in it. */
const WHOLE_EVERY = 16;

/**
 * Repaints a block of lines in place and writes only the lines that changed: 500 lines cost
 * nothing to speak of. The cursor stands below the block between two paints.
 */
export class LineDiff {
  readonly #output: Pick<Output, "write">;
  #shown: readonly string[] = [];
  #paints = 0;

  constructor(output: Pick<Output, "write">) {
    this.#output = output;
  }

  paint(lines: readonly string[]): void {
    const isWhole = ++this.#paints % WHOLE_EVERY === 0;
    const height = Math.max(lines.length, this.#shown.length);
    let out = this.#shown.length > 0 ? `${ESCAPE}${this.#shown.length}F` : "";
    for (let row = 0; row < height; row++) {
      const line = lines[row] ?? "";
      const isSame = !isWhole && row < this.#shown.length && line === this.#shown[row];
      out += isSame ? "\n" : `${line}${ESCAPE}K\n`;
    }
    const spare = height - lines.length;
    if (spare > 0) out += `${ESCAPE}${spare}F`;
    if (isWhole) out += `${ESCAPE}J`;
    this.#shown = lines;
    this.#output.write(out);
  }

  /**
   * Takes the block away; what is written next stands in its place. Where the terminal has become narrower
   * it has broken the block's lines: they take as many rows as they need at this width.
   */
  clear(columns: number): void {
    const rows = this.#shown.reduce((sum, line) => sum + rowsOf(line, columns), 0);
    if (rows > 0) this.#output.write(`${ESCAPE}${rows}F${ESCAPE}J`);
    this.#shown = [];
  }
}

/** As the palette writes them; there are no other control characters in a line. */
const STYLES = /\p{Cc}\[\d+m/gu;

function rowsOf(line: string, columns: number): number {
  const { length } = [...line.replaceAll(STYLES, "")];
  return Math.max(1, Math.ceil(length / columns));
}
