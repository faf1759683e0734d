import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { runCommandLine } from "#cli/command-line.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const leftovers = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("dextre-demo-"));

test("the demo survives its crash, evicts nobody twice, and leaves nothing behind", async () => {
  const before = leftovers();
  const terminal = memoryTerminal();
  const exit = await runCommandLine(["demo", "--speed", "10"], terminal);
  const { stdout, stderr } = terminal.said;
  expect(stderr).toBe("");
  expect(stdout).toMatch(
    /✗ killed\..*\$ dextre resume plan\.json.*goes on.*✓ finished.*Run \S+ of demo: .*resumed once/s,
  );
  expect(stdout).toContain("none of them twice; 0 pods deleted past the budgets");
  expect(stdout).toContain("3 instances of nodes-a terminated");
  expect(exit).toBe(0);
  expect(leftovers().filter((name) => !before.includes(name))).toEqual([]);
}, 60_000);
