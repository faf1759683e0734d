import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writePlan } from "#cli/make-plan-document.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { sealPlan } from "#schema/seal-plan.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "#test/render/a-rolling-plan.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const sealed = (fields: Parameters<typeof aRollingPlan>[0] = {}) => {
  const { content, meta } = aRollingPlan(fields);
  return sealPlan(content, meta);
};

const options = { specFile: "upgrade.yaml", out: undefined, format: undefined };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dextre-plan-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a pipe gets the plan file and nothing else, in one write", async () => {
  const terminal = memoryTerminal();
  await writePlan(sealed(), options, terminal);
  expect(decodePlan(terminal.said.stdout, "-")).toMatchObject({ kind: "ok" });
  expect([terminal.writes.stdout, terminal.said.stderr]).toEqual([1, ""]);
});

test("a person gets the view, and the command that saves the plan", async () => {
  const terminal = memoryTerminal({ isTerminal: true });
  await writePlan(sealed(), options, terminal);
  expect(terminal.said.stdout).toContain("roll 2 nodes, one at a time");
  expect(terminal.said.stdout).toContain("dextre plan -f upgrade.yaml --out plan.json");
});

test("a view in a pipe has no command for a plan file that nobody wrote, but the one that saves it", async () => {
  const terminal = memoryTerminal();
  await writePlan(sealed(), { ...options, format: "text" }, terminal);
  expect(terminal.said.stdout).toContain("dextre plan -f upgrade.yaml --out plan.json");
  expect(terminal.said.stdout).not.toContain("dextre apply");
});

test("--out has the plan file, and stdout the view", async () => {
  const terminal = memoryTerminal();
  const out = join(folder, "plan.json");
  await writePlan(sealed(), { ...options, out }, terminal);
  expect(decodePlan(readFileSync(out, "utf8"), out)).toMatchObject({ kind: "ok" });
  expect(terminal.said.stdout).toContain(`dextre apply ${out}`);
});

test("what blocks is in the document, and is said on stderr where a pipe would swallow it", async () => {
  const terminal = memoryTerminal();
  await writePlan(sealed({ blockers: [anUnmanagedPodFinding()], applyable: false }), options, terminal);
  expect(JSON.parse(terminal.said.stdout).content).toMatchObject({ applyable: false });
  expect(terminal.said.stderr).toContain("the plan has 1 blocker and cannot be applied");
  expect(terminal.said.stderr).toContain("B-UNMANAGED-POD");
});

test("a file that cannot be written is a refusal with its reason, and no plan is shown", async () => {
  const terminal = memoryTerminal();
  const out = join(folder, "nowhere", "plan.json");
  await expect(writePlan(sealed(), { ...options, out }, terminal)).rejects.toMatchObject({
    exit: 3,
    diagnostics: [{ code: "E-OUTPUT-WRITE", message: expect.stringContaining("no such file or folder") }],
  });
  expect(terminal.said.stdout).toBe("");
});
