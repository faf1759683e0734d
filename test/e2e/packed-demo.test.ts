import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { leftoversOf, NOTHING } from "#test/cli/leftovers.ts";
import { workTree } from "#test/rig/paths.ts";
import { expectExit } from "./harness/roll.ts";
import { runProgram } from "./harness/run-program.ts";
import { seeded } from "./harness/seeded.ts";

const folder = mkdtempSync(join(tmpdir(), "dextre-e2e-packed-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As on a machine without a network. */
const OFFLINE = {
  npm_config_offline: "true",
  npm_config_audit: "false",
  npm_config_update_notifier: "false",
};

const SEED = Number(process.env.STOP_SEED ?? Math.trunc(Date.now() / 1000));
const STOPS = 8;
/** A demo that nobody stops takes about so long. */
const WHOLE_MILLISECONDS = 45_000;

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** In a folder for temporary files to itself: by it is seen what it leaves. */
function startDemo(file: string, ...words: readonly string[]) {
  const temporary = mkdtempSync(join(folder, "tmp-"));
  const environment = { ...OFFLINE, TMPDIR: temporary, KUBECONFIG: "/nowhere", AWS_PROFILE: "nobody" };
  return { program: runProgram(file, words, { folder, environment }), temporary };
}

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
  const { program, temporary } = startDemo("npx", "dextre", "demo");
  const end = await program.ended;
  expectExit(end, 0);
  expect(end.stderr).toBe("");
  expect(end.stdout).toMatch(
    /✗ killed\..*\$ dextre resume plan\.json.*goes on.*✓ finished.*Run \S+ of demo: .*resumed once.*✓ everything is done/s,
  );
  expect(end.stdout).toContain("none of them twice; 0 pods deleted past the budgets");
  expect(end.stdout).toContain("3 instances of nodes-a terminated, none of them twice");
  expect(leftoversOf(temporary)).toEqual(NOTHING);
});

test(`leaves nothing behind where it is stopped at any instant (STOP_SEED=${SEED})`, async () => {
  const random = seeded(SEED);
  const stopped = Array.from({ length: STOPS }, async (_, number) => {
    const after = ((number + random()) / STOPS) * WHOLE_MILLISECONDS;
    const signal = random() < 0.5 ? "SIGINT" : "SIGTERM";
    const { program, temporary } = startDemo(process.execPath, "node_modules/dextre/dextre.js", "demo");
    await sleep(after);
    program.kill(signal);
    const end = await program.ended;
    const how = end.code === null ? end.signal : `exit ${end.code}`;
    // Before it has begun it has nothing to tidy, and at the end it is done.
    expect(["exit 0", "exit 4", signal], `${signal} after ${after} ms: ${end.stderr}`).toContain(how);
    expect(leftoversOf(temporary), `${signal} after ${after} ms`).toEqual(NOTHING);
  });
  await Promise.all(stopped);
});
