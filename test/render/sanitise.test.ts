import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiagnostics } from "#render/diagnostic-text.ts";
import { liveFrame } from "#render/live-frame.ts";
import { logLines } from "#render/log-lines.ts";
import { paintAll } from "#render/palette.ts";
import { renderPlanMarkdown } from "#render/plan-markdown.ts";
import { renderPlanText } from "#render/plan-text.ts";
import { beginRunView, viewRun } from "#render/run-view.ts";
import { sanitise } from "#render/sanitise.ts";
import { FIXED_MILLISECONDS } from "#test/builders/fixed.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "./a-rolling-plan.ts";
import { MIDWAY } from "./run-events.ts";

/** Texts of a cluster that means ill: controls, bidi marks, zero widths, lone surrogates, long lines. */
const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        "\u001b[2J",
        "\u009b",
        "\u007f",
        "\r",
        "\n",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\u{e0041}",
        "\u2028",
        "x",
        "|",
        "`",
        "@all",
        "<img src=x>",
        "](http://x)",
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join("")),
);

/** Everything that is neither seen nor a line feed of ours. */
const FORBIDDEN =
  /(?!\n)\p{Cc}|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u;

const withNames = (text: string) => {
  const plan = aRollingPlan();
  const swap = JSON.stringify(plan.content)
    .replaceAll('"api-1"', JSON.stringify(text))
    .replaceAll('"k8s.example.com"', JSON.stringify(text))
    .replaceAll('"m5.large"', JSON.stringify(text))
    .replaceAll('"nodes-a"', JSON.stringify(text));
  const finding = anUnmanagedPodFinding({ message: text });
  return { ...plan, content: { ...JSON.parse(swap), blockers: [finding], name: text } } as typeof plan;
};

test("no text of a cluster reaches a person with a character that is not seen", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const plan = withNames(text);
      const code = "E-UNEXPECTED";
      const lines = plan.content.steps.length;
      let view = beginRunView(plan);
      let out = "";
      for (const event of MIDWAY) {
        view = viewRun(view, event);
        out += paintAll(logLines(view, event), "none");
      }
      view = viewRun(view, { kind: "Notice", at: "2026-03-01T12:00:20Z", code, message: text });
      out += paintAll(liveFrame(view, FIXED_MILLISECONDS, { rows: lines, columns: 100 }), "none");
      out += renderPlanText(plan, { colour: "none", planFile: text });
      out += renderPlanMarkdown(plan);
      out += renderDiagnostics([{ code, message: text, help: text }], "none");
      expect(out.match(FORBIDDEN)?.[0]?.codePointAt(0)).toBeUndefined();
    }),
    { numRuns: 60 },
  );
});

test("makes what is hidden visible instead of dropping it", () => {
  expect(sanitise("web\u200b-1")).toBe("web\ufffd-1");
  for (const hidden of ["\u{e0000}", "\u{e0041}", "\u3164", "\u00ad", "\u034f"]) {
    expect(sanitise(`a${hidden}b`)).toBe("a\ufffdb");
  }
  expect(sanitise("two\r\nlines")).toBe("two lines");
  expect(sanitise("x".repeat(9000))).toHaveLength(1000);
});
