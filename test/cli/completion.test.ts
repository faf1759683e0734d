import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { runCommandLine } from "#cli/command-line.ts";
import { COMMANDS } from "#cli/commands.ts";
import { completionScript, type Shell } from "#cli/completion/write-completion.ts";
import { CODES } from "#model/codes.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const BASH = completionScript("bash", COMMANDS);

/** What bash offers behind these words; the last one is being written. A = stands apart, as bash has it. */
function offers(...words: readonly string[]): readonly string[] {
  const line = ["dextre", ...words].map((word) => `'${word}'`).join(" ");
  const script = `${BASH}\nCOMP_WORDS=(${line}); COMP_CWORD=${words.length}; _dextre; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", script], {
    encoding: "utf8",
    cwd: new URL("../../plans", import.meta.url),
  });
  expect([status, stderr]).toEqual([0, ""]);
  return stdout.split("\n").filter((word) => word !== "");
}

describe("completion in bash", () => {
  test("offers every command, and no flag where none is begun", () => {
    expect(offers("")).toEqual(COMMANDS.map(({ name }) => name));
    expect(offers("pl")).toEqual(["plan"]);
  });

  test("offers the second word of a command that has one", () => {
    expect(offers("roll", "")).toEqual(["pods", "nodes"]);
  });

  test("offers every flag of a command, and no other's", () => {
    for (const command of COMMANDS.flatMap((one) => [one, ...one.subcommands])) {
      const flags = Object.entries(command.args).filter(([, arg]) => arg.type !== "positional");
      const expected = [...flags.map(([name]) => `--${name}`), "--help"];
      expect(offers(...command.name.split(" "), "-")).toEqual(expected);
    }
  });

  test("offers the values of a flag, whichever way it is written", () => {
    expect(offers("plan", "-o", "")).toEqual(["text", "md", "json"]);
    expect(offers("plan", "--output", "m")).toEqual(["md"]);
    expect(offers("plan", "--output", "=", "t")).toEqual(["text"]);
    expect(offers("plan", "--output", "=")).toEqual(["text", "md", "json"]);
  });

  test("offers files where a file is meant, and nothing where nobody can tell", () => {
    expect(offers("plan", "-f", "drain")).toEqual(["drain-node.yaml"]);
    expect(offers("show", "drain")).toEqual(["drain-node.yaml"]);
    expect(offers("plan", "--state-dir", "")).toEqual([]);
    expect(offers("plan", "--context", "")).toEqual([]);
  });

  test("offers scenarios by name, and files too", () => {
    expect(offers("sandbox", "--scenario", "s")).toEqual(["small", "stuck", "singleton"]);
    expect(offers("sandbox", "--scenario", "drain")).toEqual(["drain-node.yaml"]);
  });

  test("offers codes and shells", () => {
    expect(offers("explain", "")).toEqual(Object.keys(CODES));
    expect(offers("completion", "")).toEqual(["bash", "zsh", "fish"]);
  });
});

describe("completion", () => {
  const syntax: readonly (readonly [Shell, readonly string[]])[] = [
    ["bash", ["-n"]],
    ["zsh", ["-n"]],
    ["fish", ["--no-execute"]],
  ];

  test.each(syntax)("is a script that %s reads, where it is installed", (shell, flags) => {
    const script = completionScript(shell, COMMANDS);
    expect(script).toMatch(/^#/);
    const { error, status, stderr } = spawnSync(shell, [...flags], { input: script, encoding: "utf8" });
    if (error === undefined) expect([status, stderr]).toEqual([0, ""]);
  });

  test("refuses a shell that it does not know", async () => {
    const terminal = memoryTerminal();
    expect(await runCommandLine(["completion", "tcsh"], terminal)).toBe(64);
    expect(terminal.said.stdout).toBe("");
  });
});
