import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type OutputChunk, rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { workTree } from "#test/rig/paths.ts";
import { waitUntil } from "#test/rig/wait-until.ts";
import { inputOptions, outputOptions } from "../../rolldown.config.ts";
import { type ServedCluster, serveCluster } from "./served-cluster.ts";

/** Judges nothing: how long a run takes is the machine's affair. */
const ENDS_WHAT_HANGS = 120_000;

/** Loaded by these commands, and by them alone; imported when they run. */
const VALIDATE = ["src/schema/load-spec.ts"];

describe("the bundle", () => {
  const folder = mkdtempSync(join(tmpdir(), "dextre-bundle-"));
  let chunks: readonly OutputChunk[] = [];

  beforeAll(async () => {
    const bundle = await rolldown(inputOptions);
    const written = await bundle.write({ ...outputOptions, dir: folder });
    chunks = written.output.filter((part): part is OutputChunk => part.type === "chunk");
    await bundle.close();
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true }));

  /** Packages in everything that loads with these chunks, by static import. */
  function packagesBehind(starts: readonly OutputChunk[]): readonly string[] {
    const seen = new Set<string>();
    const visit = (name: string): void => {
      if (seen.has(name)) return;
      seen.add(name);
      for (const next of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) visit(next);
    };
    for (const { fileName } of starts) visit(fileName);
    const modules = chunks.filter(({ fileName }) => seen.has(fileName)).flatMap(({ moduleIds }) => moduleIds);
    const packages = modules.map((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1]);
    return [...new Set(packages.filter((name) => name !== undefined))].sort();
  }

  const entry = (): readonly OutputChunk[] => chunks.filter(({ isEntry }) => isEntry);
  const holding = (paths: readonly string[]): readonly OutputChunk[] =>
    chunks.filter(({ moduleIds }) => paths.some((path) => moduleIds.some((id) => id.endsWith(path))));

  test("leaves no dependency to be installed", () => {
    const files = new Set(chunks.map(({ fileName }) => fileName));
    const outside = chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]);
    const foreign = outside.filter((name) => !files.has(name) && !isBuiltin(name));
    expect(foreign).toEqual([]);
  });

  test("loads neither the Kubernetes nor the AWS clients for --help, --version and validate", () => {
    expect(entry()).toHaveLength(1);
    expect(packagesBehind(entry())).toEqual(["citty"]);
    expect(holding(VALIDATE)).toHaveLength(1);
    expect(packagesBehind([...entry(), ...holding(VALIDATE)])).toEqual(["citty", "yaml"]);
    expect(packagesBehind(chunks)).toEqual(
      expect.arrayContaining(["@aws-sdk/client-ec2", "@kubernetes/client-node"]),
    );
  });

  test("answers --help from one file, for which Node loads none of its own modules", () => {
    expect(entry().flatMap(({ imports }) => imports)).toEqual([]);
  });

  test("reads at most three files of its own for validate, and four for plan", () => {
    const filesOf = (start: OutputChunk): readonly string[] => {
      const found = [start.fileName];
      for (const name of found) {
        const imports = chunks.find(({ fileName }) => fileName === name)?.imports ?? [];
        found.push(...imports.filter((next) => !isBuiltin(next) && !found.includes(next)));
      }
      return found;
    };
    const [validate, plan] = ["src/schema/load-spec.ts", "src/cli/make-plan-document.ts"].map((path) =>
      holding([path]).flatMap(filesOf),
    );
    expect(new Set([...entry().map(({ fileName }) => fileName), ...(validate ?? [])]).size).toBe(3);
    expect(new Set([...entry().map(({ fileName }) => fileName), ...(plan ?? [])]).size).toBe(4);
  });

  test("loads explanations of codes and the comparison of plans for the commands that need them alone", () => {
    const [start] = holding(["src/cli/command-line.ts"]);
    const names = (start?.moduleIds ?? []).map((id) => id.slice(id.lastIndexOf("/") + 1));
    expect(names).toContain("commands.ts");
    expect(names).not.toContain("explanations.ts");
    expect(names).not.toContain("diff-plans.ts");
  });

  test("runs by itself, with its answers on the right streams", () => {
    const run = (...words: string[]) =>
      spawnSync(process.execPath, [join(folder, "dextre.js"), ...words], { encoding: "utf8", cwd: folder });
    const version = run("--version");
    expect([version.status, version.stderr]).toEqual([0, ""]);
    const wrong = run("plan", "--nope");
    expect([wrong.status, wrong.stdout]).toEqual([64, ""]);
    expect(JSON.parse(run("schema").stdout)).toHaveProperty("$schema");
  });

  test("says nothing where whoever reads its pipe goes away", () => {
    const line = `"${process.execPath}" "${join(folder, "dextre.js")}" schema | head -c 1`;
    const { stdout, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    expect([stdout, stderr]).toEqual(["{", ""]);
  });

  test("says in one sentence where its document does not fit on the disk, and exits 1", () => {
    const line = `"${process.execPath}" "${join(folder, "dextre.js")}" schema > /dev/full`;
    const { status, stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    expect([status, stderr.includes("    at ")]).toEqual([1, false]);
    expect(stderr).toContain("standard output cannot be written: the disk is full");
  });

  // Side by side: a run mostly waits.
  describe.concurrent("a run in a process of its own", () => {
    const entryFile = join(folder, "dextre.js");
    const apply = `"${process.execPath}" "${entryFile}" apply plan.json`;
    const begun = (stdout: string): boolean => stdout.includes("✓ cordon");

    /** On a cluster of its own, with a plan of every worker. */
    async function planned(act: (cluster: ServedCluster) => Promise<void>): Promise<void> {
      const cluster = await serveCluster({ program: entryFile });
      try {
        await cluster.plan(readFileSync(join(workTree(), "plans/roll-nodes.yaml"), "utf8"));
        await act(cluster);
      } finally {
        await cluster.close();
      }
    }

    test.each([
      ["its reader has gone", "| head -c 600", ""],
      ["the disk is full", "> /dev/full", "standard output cannot be written: the disk is full"],
    ])(
      "stops at a safe point where %s, and exits 4",
      (_, target, words) =>
        planned(async ({ folder: cwd, environment: env }) => {
          const line = `{ ${apply}; echo "exit $?" >&2; } ${target}`;
          const child = spawn("sh", ["-c", line], { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
          const stderr = await text(child.stderr);
          expect(stderr).toContain("exit 4");
          expect(stderr).toContain(words);
          expect(stderr).not.toContain("    at ");
        }),
      ENDS_WHAT_HANGS,
    );

    test(
      "stops at a safe point where its terminal hangs up, and exits 4",
      () =>
        planned(async ({ folder: cwd, environment }) => {
          const [log, result] = [join(cwd, "hang-up.log"), join(cwd, "hang-up.exit")];
          const run = `trap "" HUP; ${apply} 2>"${log}"; echo $? >"${result}"`;
          const terminal = spawn("script", ["--quiet", "--flush", "--command", run, "/dev/null"], {
            cwd,
            env: { ...environment, CI: "", TERM: "xterm" },
            stdio: ["ignore", "pipe", "ignore"],
          });
          let shown = "";
          terminal.stdout.setEncoding("utf8").on("data", (said: string) => {
            shown += said;
            // It stands there for as long as pods move; a busy machine shows no frame of some single evictions.
            if (shown.includes("draining")) terminal.kill("SIGKILL");
          });
          const exit = await waitUntil(
            { what: "the end of the run", timeoutSeconds: 110, everyMilliseconds: 50 },
            () => (existsSync(result) && readFileSync(result, "utf8")) || undefined,
          );
          expect(exit).toBe("4\n");
          expect(readFileSync(log, "utf8")).not.toContain("    at ");
        }),
      ENDS_WHAT_HANGS,
    );

    test(
      "stops at a safe point on SIGTERM",
      () =>
        planned(async ({ folder: cwd, environment: env }) => {
          const told = await stopOnce([process.execPath, entryFile, "apply", "plan.json"], begun, {
            cwd,
            env,
          });
          expect([told.code, told.stderr]).toEqual([4, ""]);
          expect(told.stdout).toContain("SIGTERM: stopping at a safe point");
        }),
      ENDS_WHAT_HANGS,
    );

    test(
      "stops at a safe point when its parent is gone",
      () =>
        planned(async ({ folder: cwd, environment: env }) => {
          const orphaned = await stopOnce(["sh", "-c", `${apply}; true`], begun, { cwd, env });
          expect(orphaned.stdout).toContain("the parent process is gone: stopping at a safe point");
          expect(orphaned.stdout).toContain("dextre resume plan.json");
        }),
      ENDS_WHAT_HANGS,
    );
  });
});

/** Starts a command, sends it SIGTERM once its output says so, and waits until nobody holds its pipes. */
function stopOnce(
  [file = "", ...words]: readonly string[],
  isTime: (stdout: string) => boolean,
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, words, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    let isTold = false;
    child.stdout.setEncoding("utf8").on("data", (heard: string) => {
      said.stdout += heard;
      if (isTold || !isTime(said.stdout)) return;
      isTold = true;
      child.kill("SIGTERM");
    });
    child.stderr.setEncoding("utf8").on("data", (heard: string) => {
      said.stderr += heard;
    });
    child.on("close", (code) => resolve({ code, ...said }));
  });
}
