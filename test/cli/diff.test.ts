import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommandLine } from "#cli/command-line.ts";
import { exitOf, writePlan } from "#cli/make-plan-document.ts";
import type { PlanContent } from "#model/plan.ts";
import { decodePlan } from "#schema/plan-file.ts";
import { encodePlan, sealPlan } from "#schema/seal-plan.ts";
import { anUnmanagedPodFinding, aRollingPlan } from "#test/render/a-rolling-plan.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const SPEC = `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: workers}
spec: {targets: [{kind: Nodes, role: node}]}
`;
const { content, meta } = aRollingPlan();
const plan = (fields: Partial<PlanContent> = {}) => sealPlan({ ...content, ...fields }, meta);
const other = plan({ lanes: content.lanes.toReversed() });

let folder = "";
const file = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dextre-diff-"));
  writeFileSync(file("old.json"), encodePlan(content, meta));
  writeFileSync(file("later.json"), encodePlan(content, { ...meta, createdAt: "2026-03-02T12:00:00Z" }));
  writeFileSync(file("new.json"), encodePlan(other.content, meta));
  writeFileSync(file("cut.json"), encodePlan(content, meta).slice(0, 500));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function diff(...words: readonly string[]) {
  const terminal = memoryTerminal();
  const exit = await runCommandLine(["diff", ...words], terminal);
  return { exit, ...terminal.said };
}

describe("diff", () => {
  test("exits 2 where the plans differ and --exit-code asks for it, else 0", async () => {
    const two = [file("old.json"), file("new.json")];
    expect(await diff(...two)).toMatchObject({ exit: 0, stderr: "" });
    expect(await diff(...two, "--exit-code")).toMatchObject({ exit: 2, stderr: "" });
  });

  test("exits 0 for plans with the same digest, whenever they were made", async () => {
    const { exit, stdout } = await diff(file("old.json"), file("later.json"), "--exit-code");
    expect(exit).toBe(0);
    expect(stdout).toContain("An approval of one holds for the other.");
  });

  test("writes JSON for programs and Markdown for a pull request", async () => {
    const two = [file("old.json"), file("new.json")];
    const { stdout } = await diff(...two, "-o", "json");
    expect(JSON.parse(stdout)).toMatchObject({ kind: "PlanDiff", isSame: false, lanes: [{ kind: "moved" }] });
    expect((await diff(...two, "-o", "md")).stdout).toMatch(/^### dextre diff/);
  });

  test("refuses a plan that is not whole, and a missing word", async () => {
    expect(await diff(file("old.json"), file("cut.json"))).toMatchObject({ exit: 65, stdout: "" });
    expect(await diff(file("old.json"))).toMatchObject({ exit: 64, stdout: "" });
  });
});

describe("plan --against", () => {
  const options = { specFile: "upgrade.yaml", out: undefined, format: undefined, old: plan() };

  test("shows the differences behind the plan on a terminal", async () => {
    const terminal = memoryTerminal({ isTerminal: true });
    await writePlan(other, options, terminal);
    expect(terminal.said.stdout).toMatch(/dextre plan -f[\s\S]*An approval of the old plan does not hold/);
  });

  test("leaves a pipe the plan alone and tells the differences on stderr", async () => {
    const terminal = memoryTerminal();
    await writePlan(other, options, terminal);
    expect(decodePlan(terminal.said.stdout, "-")).toMatchObject({ kind: "ok" });
    expect(terminal.said.stderr).toContain("An approval of the old plan does not hold");
  });

  test("keeps both in one comment", async () => {
    const terminal = memoryTerminal();
    await writePlan(other, { ...options, format: "md" }, terminal);
    expect(terminal.said.stdout).toMatch(/^### dextre plan[\s\S]*\n### dextre diff/);
    expect(Buffer.byteLength(terminal.said.stdout)).toBeLessThan(60_000);
  });
});

test("plan --against reads the old plan before it asks a cluster", async () => {
  const terminal = memoryTerminal({ stdin: SPEC });
  const words = ["plan", "-f", "-", "--against", file("cut.json"), "--kubeconfig", file("nowhere")];
  expect(await runCommandLine(words, terminal)).toBe(65);
  expect(terminal.said.stderr).toContain("E-PLAN-NOT-A-PLAN");
});

describe("the exit code of plan", () => {
  const asked = { detailedExitCode: true };

  test("is 2 where there is something to do and --detailed-exitcode asks for it", () => {
    expect(exitOf(plan(), undefined, { detailedExitCode: false })).toBe(0);
    expect(exitOf(plan(), undefined, asked)).toBe(2);
    expect(exitOf(plan({ steps: [] }), undefined, asked)).toBe(0);
  });

  test("is 2 with --against where the plans differ", () => {
    expect(exitOf(plan(), plan(), asked)).toBe(0);
    expect(exitOf(plan(), other, asked)).toBe(2);
  });

  test("is 3 where the plan is blocked, whatever was asked", () => {
    const blocked = plan({ blockers: [anUnmanagedPodFinding()], applyable: false });
    expect(exitOf(blocked, plan(), asked)).toBe(3);
  });
});
