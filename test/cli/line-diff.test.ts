import { expect, test } from "vitest";
import { LineDiff } from "#cli/line-diff.ts";

/** A screen that knows the three sequences that LineDiff writes. */
class Screen {
  lines: string[] = [""];
  #row = 0;
  bytes = 0;

  write(text: string): void {
    this.bytes += text.length;
    for (const [, sequence, character] of text.matchAll(/\p{Cc}\[(\d*[FJK])|([\s\S])/gu)) {
      if (character === "\n") {
        this.#row++;
        this.lines[this.#row] ??= "";
        this.#column = 0;
      } else if (character !== undefined) this.#put(character);
      else if (sequence?.endsWith("F")) this.#up(Number.parseInt(sequence, 10));
      else if (sequence === "K") this.lines[this.#row] = this.#line().slice(0, this.#column);
      else if (sequence === "J") this.lines = [...this.lines.slice(0, this.#row), ""];
    }
  }

  #column = 0;

  #line(): string {
    return this.lines[this.#row] ?? "";
  }

  #put(character: string): void {
    const line = this.#line();
    this.lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column++;
  }

  #up(rows: number): void {
    this.#row -= rows;
    this.#column = 0;
  }
}

test("repaints a block in place, growing and shrinking", () => {
  const screen = new Screen();
  const diff = new LineDiff(screen);
  for (const block of [["one", "two"], ["one!", "two", "three"], ["1"], ["one", "second line", ""]]) {
    diff.paint(block);
    expect(screen.lines.join("\n").trimEnd()).toBe(block.join("\n").trimEnd());
  }
});

test("is whole again soon after somebody has pressed Enter", () => {
  const screen = new Screen();
  const diff = new LineDiff(screen);
  const block = ["one", "two", "three"];
  diff.paint(block);
  screen.write("x\n");
  for (let paint = 0; paint < 16; paint++) diff.paint([...block.slice(0, 2), `three ${paint}`]);
  expect(screen.lines.slice(-4, -1)).toEqual(["one", "two", "three 15"]);
});

test("writes next to nothing where nothing changes", () => {
  const screen = new Screen();
  const diff = new LineDiff(screen);
  const block = Array.from({ length: 500 }, (_, row) => `a line of some length, number ${row}`);
  diff.paint(block);
  const before = screen.bytes;
  diff.paint(block.with(250, "changed"));
  expect(screen.bytes - before).toBeLessThan(600);
});

test("leaves what was above it alone when it goes away", () => {
  const screen = new Screen();
  const diff = new LineDiff(screen);
  screen.write("before\n");
  diff.paint(["one", "two"]);
  diff.clear(80);
  screen.write("after\n");
  expect(screen.lines.join("\n").trimEnd()).toBe("before\nafter");
});

test("takes away the rows that a narrower terminal has made of its lines", () => {
  const screen = new Screen();
  const diff = new LineDiff(screen);
  screen.write("before\n");
  diff.paint(["x".repeat(30), "\u001b[1mshort\u001b[0m", ""]);
  // At 12 columns the first line takes three rows.
  screen.write("\n\n");
  diff.clear(12);
  screen.write("after\n");
  expect(screen.lines.join("\n").trimEnd()).toBe("before\nafter");
});
