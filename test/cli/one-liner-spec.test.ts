import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Command, lastWord } from "#cli/command.ts";
import { runCommandLine } from "#cli/command-line.ts";
import { drainCommand } from "#cli/commands/drain.ts";
import { rollCommand } from "#cli/commands/roll.ts";
import { rollNodesCommand } from "#cli/commands/roll-nodes.ts";
import { rollPodsCommand } from "#cli/commands/roll-pods.ts";
import { type DrainValues, drainSpec } from "#cli/one-liner/drain-node.ts";
import { commandWords, optionsOf } from "#cli/one-liner/one-liner-flags.ts";
import { type RollNodesValues, rollNodesSpec } from "#cli/one-liner/roll-nodes.ts";
import { type RollPodsValues, rollPodsSpec } from "#cli/one-liner/roll-pods.ts";
import { parseArgv } from "#cli/parse-argv.ts";
import type { Spec } from "#model/spec.ts";
import { loadSpec } from "#schema/load-spec.ts";
import { memoryTerminal } from "./memory-terminal.ts";

function valuesOf(command: Command, line: string): unknown {
  const parsed = parseArgv(command, wordsOf(line));
  if (parsed.kind === "help") throw new Error("asks for help");
  return parsed.values;
}

/** Words, with those in single quotes kept together. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

const drain = (line: string): Promise<Spec> => drainSpec(valuesOf(drainCommand, line) as DrainValues);
const pods = (line: string): Promise<Spec> => rollPodsSpec(valuesOf(rollPodsCommand, line) as RollPodsValues);
const nodes = (line: string): Promise<Spec> =>
  rollNodesSpec(valuesOf(rollNodesCommand, line) as RollNodesValues);

/** The spec as somebody would write it in a file. */
function written(name: string, spec: string): Spec {
  const head = `apiVersion: dextre.dev/v1alpha1\nkind: Upgrade\nmetadata: {name: ${name}}\nspec:\n`;
  const load = loadSpec(head + spec, "upgrade.yaml");
  if (load.kind === "faulty") throw new Error(load.diagnostics.map(({ message }) => message).join());
  return load.spec;
}

describe("a one-liner stands for the spec that one would write", () => {
  test("drain: one node by name, which nothing replaces", async () => {
    expect(await drain("--node ip-10-0-1-4.eu-west-1.compute.internal")).toEqual(
      written(
        "drain-ip-10-0-1-4-eu-west-1-compute-internal",
        "  targets: [{kind: Nodes, names: [ip-10-0-1-4.eu-west-1.compute.internal]}]\n  replace: {mode: none}",
      ),
    );
  });

  test("drain takes the node as kubectl does, too", async () => {
    expect(await drain("node-1")).toEqual(await drain("--node node-1"));
  });

  test("roll pods: a namespace and labels", async () => {
    expect(await pods("--label app=service --namespace default")).toEqual(
      written(
        "roll-pods-default-app-service",
        "  targets: [{kind: Pods, namespaces: [default], selector: app=service}]\n  replace: {mode: none}",
      ),
    );
  });

  test("roll nodes: role, labels and groups, each replaced", async () => {
    expect(
      await nodes("--role node --label type=some --kops-instance-group nodes-a,nodes-b --cluster k8s.test"),
    ).toEqual(
      written(
        "roll-nodes-node-nodes-a-nodes-b-type-some",
        "  targets: [{kind: Nodes, role: node, selector: type=some, groups: [nodes-a, nodes-b]}]\n" +
          "  replace: {mode: terminate}\n  aws: {cluster: k8s.test}",
      ),
    );
  });

  test.each(["--selector 'app in (a,b)' --namespace x", "-l 'app in (a,b)' -n x"])(
    "kubectl's spelling: roll pods %s",
    async (line) => {
      expect(await pods(line)).toEqual(await pods("--label 'app in (a,b)' --namespace x"));
    },
  );

  test.each<[string, object]>([
    ["--terminate-node", { replace: { mode: "terminate" } }],
    ["--delete-emptydir-data", { pods: { localStorage: "evict", unmanaged: "block" } }],
    ["--evict-unmanaged", { pods: { unmanaged: "evict", localStorage: "block" } }],
    ["--grace-period 90", { pods: { gracePeriodSeconds: 90 } }],
    ["--grace-period 1m30s", { pods: { gracePeriodSeconds: 90 } }],
    ["", { pods: { gracePeriodSeconds: null } }],
    ["--aws-region eu-west-1", { aws: { region: "eu-west-1", cluster: null } }],
    ["--cluster k8s.test", { aws: { region: null, cluster: "k8s.test" } }],
    ["-y --dry-run --verbose --context c --kubeconfig k --state-dir s", { replace: { mode: "none" } }],
  ])("drain --node n %s", async (flags, spec) => {
    expect(await drain(`--node n ${flags}`)).toMatchObject(spec);
  });

  test("a name that is no name for a spec becomes one", async () => {
    const { name } = await pods(`-n default -l 'app in (a,b),${"x".repeat(60)}'`);
    expect(name).toMatch(/^roll-pods-default-app-in-a-b-x+$/);
    expect(name).toHaveLength(63);
  });
});

describe("how it is carried out", () => {
  test.each([
    ["-y", true],
    ["--yes", true],
    ["--skip-validation", true],
    ["", false],
  ])("`%s`: confirmed is %s", (flags, isConfirmed) => {
    expect(optionsOf(valuesOf(drainCommand, `--node n ${flags}`) as DrainValues)).toMatchObject({
      isConfirmed,
      isDryRun: false,
      isVerbose: false,
    });
  });

  test("the other flags choose cluster, state folder and view", () => {
    const line = "--node n --dry-run --verbose --context c --kubeconfig k --state-dir s";
    expect(optionsOf(valuesOf(drainCommand, line) as DrainValues)).toEqual({
      isConfirmed: false,
      isDryRun: true,
      isVerbose: true,
      kubeconfig: "k",
      context: "c",
      stateFolder: "s",
    });
  });

  test("the command line can be said again", () => {
    const values = valuesOf(rollPodsCommand, "-l 'app in (a,b)' -n x -y") as RollPodsValues;
    const again = commandWords("roll pods", values);
    expect(again).toBe("dextre roll pods --label 'app in (a,b)' --namespace x --yes");
  });
});

describe("a wrong command line", () => {
  test.each([
    ["drain", "--node is missing", "dextre drain --help"],
    ["drain n --node n", "--node and NAME mean the same", ""],
    ["drain --node n -y --skip-validation", "--yes and --skip-validation mean the same", ""],
    ["drain --node n --force", "unknown flag --force", ""],
    ["drain --node n --terminate", "unknown flag --terminate", ""],
    [
      "drain --node n --grace-period 500ms",
      '"500ms" is not a whole number of seconds',
      "write whole seconds",
    ],
    ["drain --node n --grace-period -5", '--grace-period -5: "-5" is negative', "write whole seconds"],
    ["drain --node n --grace-period soon", '"soon" is not a duration', "each pod's own"],
    ["drain --node n --grace-period=-1", "--grace-period -1: ", "each pod's own"],
    ["drain --node n --grace-period 0", "without letting them stop", "each pod's own"],
    ["drain --node n --grace-period 0s", "without letting them stop", "each pod's own"],
    ["drain --node n --grace-period 1.5s", "not a whole number of seconds", "each pod's own"],
    ["drain --node n --aws-region EU", "--aws-region EU: ", "eu-west-1"],
    ["roll pods -n x", "--label is missing", "dextre roll pods --help"],
    ["roll pods -l a=b -n default,kube-system", "cannot be a namespace", "takes one namespace"],
    ["roll pods -l a=b -n 'a b'", "--namespace 'a b' cannot be a namespace", "takes one namespace"],
    ["roll pods -l a=b", "-n is missing", "dextre roll pods --help"],
    ["roll pods -n x -l a=b --selector a=b", "--label and --selector mean the same", ""],
    ["roll pods -n x -l 'app in ('", "--label 'app in (': ", "kubectl's syntax"],
    ["roll pods -n x -l a=b --terminate-node", "unknown flag --terminate-node", ""],
    ["roll nodes", "which nodes is not said", "give --role, --label or --kops-instance-group"],
    ["roll nodes --cluster k8s.test -y", "which nodes is not said", ""],
    ["roll nodes --kops-instance-group a,,b", "--kops-instance-group a,,b: ", ""],
    ["roll podz", "unknown command podz", "did you mean pods?"],
    ["roll --yes", "unknown flag --yes", ""],
    ["roll --help pods", 'unexpected word "pods"', ""],
  ])("`%s` exits 64 and calls nothing", async (line, message, help) => {
    const terminal = memoryTerminal({ environment: { KUBECONFIG: "nowhere/config" } });
    expect(await runCommandLine(wordsOf(line), terminal)).toBe(64);
    expect(terminal.said.stdout).toBe("");
    expect(terminal.said.stderr).toContain(message);
    expect(terminal.said.stderr).toContain(help);
    expect(terminal.said.stderr).toContain("E-USAGE");
  });

  test("every fault of it is said at once", async () => {
    const terminal = memoryTerminal();
    const line = "roll nodes -l '=' --aws-region EU --grace-period soon";
    expect(await runCommandLine(wordsOf(line), terminal)).toBe(64);
    for (const flag of ["--label", "--aws-region", "--grace-period"])
      expect(terminal.said.stderr).toContain(`${flag} `);
  });
});

test("the README's one-liners are command lines that exist", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const lines = [...readme.matchAll(/dextre (drain|roll pods|roll nodes) ([^`#\n]*)/g)].filter(
    ([, , flags = ""]) => flags.startsWith("-") || flags.startsWith("N"),
  );
  expect(lines.length).toBeGreaterThan(10);
  for (const [, name, flags = ""] of lines) {
    const one = [drainCommand, rollPodsCommand, rollNodesCommand].find((command) => command.name === name);
    expect(one && parseArgv(one, wordsOf(flags)).kind).toBe("values");
  }
});

describe("roll", () => {
  test("alone shows its help on stderr and exits 64", async () => {
    const terminal = memoryTerminal();
    expect(await runCommandLine(["roll"], terminal)).toBe(64);
    expect(terminal.said.stdout).toBe("");
    expect(terminal.said.stderr).toContain("Usage: dextre roll pods|nodes [FLAGS]");
  });

  test.each(rollCommand.subcommands.map((one) => [lastWord(one), one] as const))(
    "%s has help that names each of its flags",
    async (word, { args }) => {
      const terminal = memoryTerminal();
      expect(await runCommandLine(["roll", word, "--help"], terminal)).toBe(0);
      for (const flag of Object.keys(args)) expect(terminal.said.stdout).toContain(`--${flag}`);
    },
  );
});
