import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { workTree } from "#test/rig/paths.ts";
import { expectExit } from "./harness/roll.ts";
import { runProgram } from "./harness/run-program.ts";

const folder = mkdtempSync(join(tmpdir(), "dextre-e2e-packed-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As on a machine without a network. */
const OFFLINE = {
  npm_config_offline: "true",
  npm_config_audit: "false",
  npm_config_update_notifier: "false",
};

async function npm(command: string, ...words: readonly string[]): Promise<string> {
  const environment = { ...OFFLINE, npm_config_cache: join(folder, "cache") };
  const end = await runProgram("npm", [command, ...words], { folder, environment }).ended;
  expectExit(end, 0);
  return end.stdout;
}

test("npx dextre demo works from the packed package, offline, and leaves nothing behind", async () => {
  await npm("pack", dirname(process.env.DEXTRE_CLI ?? join(workTree(), "dist", "dextre.js")));
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const packed = readdirSync(folder).filter((name) => name.endsWith(".tgz"));
  expect(packed).toHaveLength(1);
  await npm("install", "--no-save", `./${packed[0]}`);
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const environment = { ...OFFLINE, TMPDIR: temporary, KUBECONFIG: "/nowhere", AWS_PROFILE: "nobody" };
  const { ended } = runProgram("npx", ["dextre", "demo"], { folder, environment });
  const end = await ended;
  expectExit(end, 0);
  expect(end.stderr).toBe("");
  expect(end.stdout).toMatch(
    /✗ killed\..*\$ dextre resume plan\.json.*goes on.*✓ finished.*Run \S+ of demo: .*resumed once.*✓ everything is done/s,
  );
  expect(end.stdout).toContain("none of them twice; 0 pods deleted past the budgets");
  expect(end.stdout).toContain("3 instances of nodes-a terminated, none of them twice");
  expect(readdirSync(temporary)).toEqual([]);
});
