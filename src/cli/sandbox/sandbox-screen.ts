import { type Line, paint, paintAll } from "#render/palette.ts";
import { newsLine, sandboxFrame } from "#render/sandbox-frame.ts";
import { LineDiff } from "../line-diff.ts";
import type { Output } from "../terminal.ts";
import type { SandboxWatch } from "./sandbox-watch.ts";

const REPAINT_MILLISECONDS = 250;

/** The live view where a person watches; else a line for each piece of news, as a comment of a shell. */
export class SandboxScreen {
  readonly #watch: SandboxWatch;
  readonly #output: Output;
  readonly #diff: LineDiff | null;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now` gives ms since epoch, by the world's clock. */
  constructor(watch: SandboxWatch, output: Output, now: () => number) {
    this.#watch = watch;
    this.#output = output;
    this.#now = now;
    this.#diff = output.isLive ? new LineDiff(output) : null;
  }

  start(): void {
    if (this.#diff === null) this.#watch.onNews = (news) => this.#comment(newsLine(news));
    else this.#timer = setInterval(() => this.#repaint(), REPAINT_MILLISECONDS);
    this.#repaint();
  }

  /** The last frame stays. */
  stop(): void {
    clearInterval(this.#timer);
    this.#watch.onNews = () => undefined;
  }

  #comment(line: Line): void {
    this.#output.write(`#${paintAll([line], "none")}`);
  }

  #repaint(): void {
    if (this.#diff === null) return;
    const { columns, rows } = this.#output.size();
    const lines = sandboxFrame(this.#watch.view(), this.#now(), {
      rows: Math.max(rows - 1, 8),
      columns: columns - 1,
    });
    this.#diff.paint(lines.map((line) => paint(line, this.#output.colour, columns - 1)));
  }
}
