import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitUntil } from "#test/rig/wait-until.ts";
import { inputOptions, outputOptions } from "../../rolldown.config.ts";
import { type Leftovers, leftoversOf, NOTHING } from "./leftovers.ts";

const place = mkdtempSync(join(tmpdir(), "dextre-demo-test-"));
const program = join(place, "bundle", "dextre.js");

beforeAll(async () => {
  const bundle = await rolldown(inputOptions);
  await bundle.write({ ...outputOptions, dir: join(place, "bundle") });
  await bundle.close();
}, 60_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

interface RunningDemo {
  readonly child: ChildProcess;
  readonly said: { stdout: string; stderr: string };
  /** Resolves once stdout matches; rejects where it ends before. */
  says(pattern: RegExp): Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Of the demo, in its own temporary folder. */
  leftovers(): Leftovers;
  /** Waits until it has left nothing behind. */
  isGone(): Promise<unknown>;
}

/** Each has a folder for temporary files to itself: by it is seen what it leaves. */
function startDemo(wrap: (line: string) => readonly string[] = (line) => ["sh", "-c", `exec ${line}`]) {
  const temporary = mkdtempSync(join(place, "tmp-"));
  const [file = "", ...words] = wrap(`"${process.execPath}" "${program}" demo --speed 20`);
  const env = { ...process.env, TMPDIR: temporary, CI: "", TERM: "xterm", KUBECONFIG: "/nowhere" };
  const child = spawn(file, words, { env, stdio: ["pipe", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (heard: string) => {
    said.stdout += heard;
    for (const look of waiting) look();
  });
  child.stderr.setEncoding("utf8").on("data", (heard: string) => {
    said.stderr += heard;
  });
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once("close", (code, signal) => resolve({ code, signal })),
  );
  const leftovers = (): Leftovers => leftoversOf(temporary);
  const demo: RunningDemo = {
    child,
    said,
    ended,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => void (pattern.test(said.stdout) && resolve());
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`never said ${pattern}:\n${said.stdout}${said.stderr}`)));
      }),
    leftovers,
    isGone: () =>
      waitUntil({ what: "an end without leftovers", timeoutSeconds: 60, everyMilliseconds: 100 }, () => {
        const { files, processes } = leftovers();
        return files.length + processes.length === 0 || undefined;
      }),
  };
  return demo;
}

/** The first frame of the live view is there. */
const LIVE = /dextre apply.*node 1 of 3/s;

/** On a terminal of its own, into which can be typed. */
const onTerminal = (line: string): readonly string[] => [
  "script",
  "--quiet",
  "--flush",
  "--return",
  "--command",
  `exec ${line}`,
  "/dev/null",
];

// Side by side: they mostly wait.
describe.concurrent("the demo", () => {
  test("kills a process when an eviction has taken effect, and a new one goes on with it", async () => {
    const demo = startDemo();
    await demo.says(/dextre resume.*✓ evict .*✓ await replacement/s);
    const { stdout } = demo.said;
    const [, pod = ""] = /accepted the eviction of (\S+);/.exec(stdout) ?? [];
    expect(stdout).toContain("The journal's last record is the intent to evict it, without an outcome.");
    const [applied = "", resumed = ""] = stdout.split("✗ killed.");
    expect(applied).not.toContain(`✓ evict              ${pod}`);
    expect(/✓ evict +(\S+)/.exec(resumed)?.[1]).toBe(pod);
    demo.child.kill("SIGTERM");
    expect(await demo.ended).toEqual({ code: 4, signal: null });
    expect(demo.said.stdout).toContain("SIGTERM: stopping at a safe point");
    expect(demo.said.stdout).toMatch(/The demo was stopped\. Its cluster and its folder are gone\.\n$/);
    expect(demo.said.stderr).toBe("");
    expect(demo.leftovers()).toEqual(NOTHING);
  }, 120_000);

  test.each([
    ["before there is a plan", /cat upgrade.yaml/],
    ["while a plan is made", /dextre plan -f/],
    ["while a process begins to apply it", /dextre apply/],
  ])(
    "leaves nothing behind after SIGTERM %s",
    async (_, moment) => {
      const demo = startDemo();
      await demo.says(moment);
      demo.child.kill("SIGTERM");
      expect(await demo.ended).toEqual({ code: 4, signal: null });
      expect(demo.leftovers()).toEqual(NOTHING);
    },
    120_000,
  );

  test("ends at once on a second signal, with its children", async () => {
    const demo = startDemo();
    await demo.says(/✓ cordon/);
    demo.child.kill("SIGINT");
    demo.child.kill("SIGTERM");
    const { code } = await demo.ended;
    expect([130, 143]).toContain(code);
    await demo.isGone();
  }, 120_000);

  test("is stopped by Ctrl-C on a terminal, where the live view of the process is", async () => {
    const demo = startDemo(onTerminal);
    await demo.says(LIVE);
    demo.child.stdin?.write("\u0003");
    expect((await demo.ended).code).toBe(4);
    expect(demo.said.stdout).toContain("SIGINT: stopping at a safe point");
    expect(demo.said.stdout).toContain("The demo was stopped.");
    expect(demo.leftovers()).toEqual(NOTHING);
  }, 120_000);

  test("leaves nothing behind where its terminal hangs up", async () => {
    const demo = startDemo(onTerminal);
    await demo.says(LIVE);
    demo.child.kill("SIGKILL");
    await demo.isGone();
  }, 120_000);
});
