import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plain, span } from "#render/palette.ts";
import { wrapLine } from "#render/wrap-line.ts";

const texts = (lines: ReturnType<typeof wrapLine>): readonly string[] =>
  lines.map((line) =>
    line
      .map(({ text }) => text)
      .join("")
      .trimEnd(),
  );

describe("a line that is too long", () => {
  test("goes on below its last column where that leaves room to read", () => {
    const line = [span("  --out FILE  "), span("Write the plan there, whole or not at all, and show it.")];
    expect(texts(wrapLine(line, 50))).toEqual([
      "  --out FILE  Write the plan there, whole or not",
      "              at all, and show it.",
    ]);
  });

  test("goes on to the right of its beginning where the column is too narrow, with the whole column", () => {
    const line = [span("   evict  default/a-rather-long-name  "), span("Deployment api 3/3")];
    expect(texts(wrapLine(line, 50))).toEqual([
      "   evict  default/a-rather-long-name",
      "       Deployment api 3/3",
    ]);
    expect(texts(wrapLine(line, 24))).toEqual([
      "   evict",
      "       default/a-rather-long-name",
      "       Deployment api",
      "       3/3",
    ]);
  });

  test("breaks facts between dots before a dot's next fact, and a fact only where it is long", () => {
    const line = [
      span("node ip-10-0-1-4   "),
      span("eu-west-1a · 41 d old · launch version 1 → 2 · cordoned"),
    ];
    expect(texts(wrapLine(line, 60))).toEqual([
      "node ip-10-0-1-4   eu-west-1a · 41 d old ·",
      "                   launch version 1 → 2 · cordoned",
    ]);
    expect(texts(wrapLine(plain("a · a fact that is long · b"), 20))).toEqual([
      "a · a fact that is",
      "    long · b",
    ]);
  });

  test("never breaks a command, nor a word", () => {
    const command = "dextre resume a/long/path/plan.json";
    expect(texts(wrapLine([span("Resume with:  "), span(command, "command")], 20))).toEqual([
      "Resume with:",
      `    ${command}`,
    ]);
    expect(texts(wrapLine(plain(`pin ${"9".repeat(30)} now`), 20))).toEqual([
      "pin",
      `    ${"9".repeat(30)}`,
      "    now",
    ]);
  });

  test("keeps every word in its order and its style, whatever the width", () => {
    const piece = fc.record({
      text: fc.stringMatching(/^[ ab]{0,20}$/),
      style: fc.constantFrom("dim", "red"),
    });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), fc.integer({ min: 1, max: 60 }), (line, columns) => {
        const letters = (lines: readonly (typeof line)[]) =>
          lines.flat().flatMap(({ text, style }) => [...text.replaceAll(" ", "")].map((one) => one + style));
        const wrapped = wrapLine(line, columns).map((each) => [...each]);
        expect(letters(wrapped)).toEqual(letters([line]));
      }),
    );
  });
});
