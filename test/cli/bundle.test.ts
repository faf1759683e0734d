import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OutputChunk, rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inputOptions, outputOptions } from "../../rolldown.config.ts";

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

  test.each([
    ["its reader has gone", "| head -c 1500", ""],
    ["the disk is full", "> /dev/full", "standard output cannot be written: the disk is full"],
  ])("a run stops at a safe point where %s, and exits 4", (_, target, words) => {
    const line = `{ "${process.execPath}" "${join(folder, "dextre.js")}" demo; echo "exit $?" >&2; } ${target}`;
    const { stderr } = spawnSync("sh", ["-c", line], { encoding: "utf8" });
    expect(stderr).toContain("exit 4");
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  test("a run whose terminal hangs up stops at a safe point, and exits 4", async () => {
    const [log, result] = [join(folder, "hang-up.log"), join(folder, "hang-up.exit")];
    const run = `trap "" HUP; "${process.execPath}" "${join(folder, "dextre.js")}" demo 2>"${log}"; echo $? >"${result}"`;
    const terminal = spawn("script", ["--quiet", "--flush", "--command", run, "/dev/null"], {
      env: { ...process.env, CI: "", TERM: "xterm" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    let shown = "";
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => {
      shown += text;
      if (shown.includes("evict")) terminal.kill("SIGKILL");
    });
    await expect
      .poll(() => existsSync(result) && readFileSync(result, "utf8"), { timeout: 20_000 })
      .toBe("4\n");
    expect(readFileSync(log, "utf8")).not.toContain("    at ");
  }, 30_000);

  test("stops at a safe point on SIGTERM, and when its parent is gone", async () => {
    const begun = (stdout: string): boolean => stdout.includes("✓ cordon");
    const entryFile = join(folder, "dextre.js");
    const told = await stopOnce([process.execPath, entryFile, "demo"], begun);
    expect([told.code, told.stderr]).toEqual([
      4,
      expect.stringContaining("SIGTERM: stopping at a safe point"),
    ]);
    const orphaned = await stopOnce(["sh", "-c", `"${process.execPath}" "${entryFile}" demo; true`], begun);
    expect(orphaned.stderr).toContain("the parent process is gone: stopping at a safe point");
    expect(orphaned.stdout).toContain("The demo was stopped.");
  }, 30_000);
});

/** Starts a command, sends it SIGTERM once its output says so, and waits until nobody holds its pipes. */
function stopOnce(
  [file = "", ...words]: readonly string[],
  isTime: (stdout: string) => boolean,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, words, { stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    let isTold = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.stdout += text;
      if (isTold || !isTime(said.stdout)) return;
      isTold = true;
      child.kill("SIGTERM");
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said.stderr += text;
    });
    child.on("close", (code) => resolve({ code, ...said }));
  });
}
