import { describe, expect, test } from "vitest";
import { runCommandLine } from "#cli/command-line.ts";
import { COMMANDS } from "#cli/commands.ts";
import { memoryTerminal } from "./memory-terminal.ts";

const SPEC = `apiVersion: dextre.dev/v1alpha1
kind: Upgrade
metadata: {name: workers}
spec:
  targets:
    - kind: Nodes
      role: node
`;

async function dextre(line: string, stdin = "") {
  const terminal = memoryTerminal({ stdin });
  const exit = await runCommandLine(
    line.split(" ").filter((word) => word !== ""),
    terminal,
  );
  return { exit, ...terminal.said, writes: terminal.writes.stdout };
}

describe("the command line", () => {
  test.each([
    ["plan --fil x", "unknown flag --fil", "did you mean --file?"],
    ["plan -f x --yes", "unknown flag --yes", ""],
    ["plan -f x -f y", "-f is given twice", ""],
    ["plan", "-f is missing", ""],
    ["plan upgrade.yaml", "-f is missing", "write: dextre plan -f upgrade.yaml"],
    ["plan -f x -out plan.json", "unknown flag -out", "did you mean --out?"],
    ["plan -f x -context=prod", "unknown flag -context", "did you mean --context?"],
    ["plan -f", "-f needs a value", ""],
    ["plan --file=", "--file needs a value", ""],
    ["plan --out --context prod -f x", "--out needs a value", ""],
    ["plan -f x -o yaml", "-o yaml is not one of text, md, json", ""],
    ["plan -f x extra", 'unexpected word "extra"', ""],
    ["plan -f x --expires-in soon", '--expires-in soon: "soon" is not a duration', ""],
    ["plan -f x --expires-in -3h", '--expires-in -3h: "-3h" is negative', ""],
    ["plan -f x --expires-in 0s", "--expires-in 0s is too short", "write 1s or more"],
    ["plan -f x --expires-in 8761h", "--expires-in 8761h is too long", "write 8760h or less"],
    ["plan -f x --expires-in 9999999999h", "--expires-in 9999999999h is too long", "write 8760h or less"],
    ["apply", "PLAN is missing", ""],
    ["apply plan.json --yes=false", "--yes takes no value", ""],
    ["apply plan.json --no-yes", "unknown flag --no-yes", ""],
    ["apply plan.json --force", "unknown flag --force", ""],
    ["apply plan.json --auto-approve", "unknown flag --auto-approve", "a saved plan is its own approval"],
    ["drain n --force", "unknown flag --force", "nothing is ever forced; --evict-unmanaged"],
    ["roll nodes --role a --ignore-daemonsets", "unknown flag --ignore-daemonsets", "always stay"],
    ["abort", "RUN is missing", ""],
    ["demo --speed fast", "--speed fast is not a number", ""],
    ["aply plan.json", "unknown command aply", "did you mean apply?"],
    ["--verbose", "unknown flag --verbose", ""],
    ["--help me", 'unexpected word "me"', ""],
  ])("refuses `%s`", async (line, message, help) => {
    const { exit, stdout, stderr } = await dextre(line);
    expect(exit).toBe(64);
    expect(stdout).toBe("");
    expect(stderr).toContain(message);
    expect(stderr).toContain(help);
    expect(stderr).toContain("E-USAGE");
  });

  test("says on stderr how it is used when no command is given", async () => {
    const { exit, stdout, stderr } = await dextre("");
    expect([exit, stdout]).toEqual([64, ""]);
    expect(stderr).toContain("Usage: dextre COMMAND");
  });

  test("names every command in its help, and no other", async () => {
    const { exit, stdout, stderr } = await dextre("--help");
    expect([exit, stderr]).toEqual([0, ""]);
    const named = [...stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, name]) => name);
    expect(named).toEqual(COMMANDS.map(({ name }) => name));
    const summaries = COMMANDS.map(({ name, summary }) =>
      stdout
        .split("\n")
        .find((line) => line.startsWith(`  ${name} `))
        ?.indexOf(summary),
    );
    expect(new Set(summaries).size).toBe(1);
  });

  test.each(COMMANDS.map(({ name }) => name))(
    "has help for %s that names each of its flags",
    async (name) => {
      const { exit, stdout } = await dextre(`${name} --help`);
      expect(exit).toBe(0);
      const flags = Object.entries(COMMANDS.find((command) => command.name === name)?.args ?? {});
      for (const [flag, arg] of flags) {
        expect(stdout).toContain(arg.type === "positional" ? flag.toUpperCase() : `--${flag}`);
      }
    },
  );

  test.each([
    ["help", "--help"],
    ["help help", "--help"],
    ["help --help", "--help"],
    ["help plan", "plan --help"],
    ["help roll", "roll --help"],
    ["help roll pods", "roll pods --help"],
  ])("`%s` says what `%s` says", async (asked, same) => {
    const { exit, stdout, stderr } = await dextre(asked);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toBe((await dextre(same)).stdout);
  });

  test("refuses help for a command that does not exist", async () => {
    const stderr = "unknown command plam\n  did you mean plan?\nE-USAGE\n";
    expect(await dextre("help plam")).toMatchObject({ exit: 64, stdout: "", stderr });
  });

  test("names no command in help and summaries that does not exist", async () => {
    const texts = await Promise.all(
      COMMANDS.map(async ({ name }) => (await dextre(`${name} --help`)).stdout),
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/^ *(?:Usage: )?(?:exec )?dextre ([a-z]+)|`dextre ([a-z]+)/gm)].map(
        ([, first, second]) => first ?? second,
      ),
    );
    const known: readonly (string | undefined)[] = COMMANDS.map(({ name }) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("prints its version", async () => {
    expect((await dextre("--version")).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await dextre("version")).stdout).toContain("plan format 1.0");
  });
});

describe("validate", () => {
  test("accepts a spec from standard input", async () => {
    const { exit, stdout, stderr } = await dextre("validate -f -", SPEC);
    expect([exit, stderr]).toEqual([0, ""]);
    expect(stdout).toBe("standard input is valid: workers, 1 target\n");
  });

  test("shows where a fault is, and what to do", async () => {
    const { exit, stdout, stderr } = await dextre("validate --file=-", SPEC.replace("role", "roles"));
    expect([exit, stdout]).toEqual([65, ""]);
    expect(stderr).toContain("standard input:7:7: ");
    expect(stderr).toContain("   7 |       roles: node\n     |       ^^^^^ ");
    expect(stderr).toContain("\nE-SPEC-UNKNOWN-FIELD. See: dextre explain E-SPEC-UNKNOWN-FIELD\n");
  });

  test("says where a run's id was given for a plan what to give", async () => {
    const { exit, stderr } = await dextre("resume 01m8awvnghr70rswrshycnswc4");
    expect(exit).toBe(65);
    expect(stderr).toContain("this is the id of a run; give its plan file, which dextre status names");
  });

  test("says which file is not there", async () => {
    const { exit, stderr } = await dextre("validate -f nowhere.yaml");
    expect(exit).toBe(65);
    expect(stderr).toContain("nowhere.yaml cannot be read: there is no such file");
  });
});

describe("documents", () => {
  test("come in one write, whole", async () => {
    const { stdout, writes } = await dextre("schema");
    expect(writes).toBe(1);
    expect(JSON.parse(stdout)).toHaveProperty("$schema");
  });
});

describe("commands that need a cluster", () => {
  test.each(["plan -f -", "status", "abort 01x"])(
    "`%s` exits 65 where the kubeconfig is missing",
    async (line) => {
      const { exit, stdout, stderr } = await dextre(`${line} --kubeconfig nowhere/config`, SPEC);
      expect([exit, stdout]).toEqual([65, ""]);
      expect(stderr).toContain("E-KUBECONFIG");
    },
  );
});
