import { expect, test } from "vitest";
import { paint } from "#render/palette.ts";
import { newsLine, type SandboxNode, type SandboxView, sandboxFrame } from "#render/sandbox-frame.ts";

const now = Date.UTC(2026, 2, 2, 8);

const node = (name: string, change: Partial<SandboxNode> = {}): SandboxNode => ({
  name,
  role: "node",
  isReady: true,
  isCordoned: false,
  pods: ["ready", "ready"],
  ...change,
});

const view = (change: Partial<SandboxView> = {}): SandboxView => ({
  name: "small",
  use: ". /folder/env",
  startedAt: now - 72_000,
  nodes: [node("a"), node("b", { isCordoned: true, pods: ["ready", "stopping", "starting", "crashing"] })],
  unplaced: 0,
  news: [],
  requestCount: 1,
  ...change,
});

function frame(shown: SandboxView, rows = 20, columns = 100): readonly string[] {
  return sandboxFrame(shown, now, { rows, columns }).map((line) => paint(line, "none"));
}

test("shows each node with a glyph for each of its pods, those in motion first", () => {
  expect(frame(view())).toEqual([
    "small  2 nodes, 6 pods, 1 request   00:01:12",
    "in another terminal: . /folder/env",
    "",
    "  a  node           ██",
    "  b  node           cordoned  ░◌✗█",
    "",
    "  █ ready   ░ starting   ◌ stopping   ✗ crashing   · finished   Ctrl-C ends it",
  ]);
});

test("says which pods have no node", () => {
  expect(frame(view({ unplaced: 2 }))).toContain("  2 pods without a node");
});

test("shows the latest news, as many as there is room for", () => {
  const news = Array.from({ length: 30 }, (_, index) => ({
    at: now + index * 1000,
    who: "kubectl",
    words: `news ${index}`,
    isTrouble: false,
  }));
  const lines = frame(view({ news }), 12);
  expect(lines).toHaveLength(12);
  expect(lines.at(-3)).toBe("  08:00:29  kubectl news 29");
});

test("where there is no room for all nodes, shows those of which there is something to see", () => {
  const many = Array.from({ length: 1000 }, (_, index) => node(`n-${index}`));
  const lines = frame(view({ nodes: [...many, node("z", { isReady: false })] }), 14);
  expect(lines.length).toBeLessThanOrEqual(14);
  expect(lines[3]).toBe("  z    node           not Ready  ██");
  expect(lines).toContain("  … 997 more nodes");
});

test("counts pods where their glyphs do not fit", () => {
  const full = node("a", { pods: Array.from({ length: 90 }, () => "ready") });
  expect(frame(view({ nodes: [full] }), 20, 60)[3]).toBe("  a  node           █×90");
});

test("what the cluster does by itself has no name before it", () => {
  const news = { at: now, who: "", words: "pod default/web-1 is Ready", isTrouble: false };
  expect(paint(newsLine(news), "none")).toBe("  08:00:00  pod default/web-1 is Ready");
});
