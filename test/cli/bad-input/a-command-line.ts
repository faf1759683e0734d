import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommandLine } from "#cli/command-line.ts";
import { memoryTerminal } from "#test/cli/memory-terminal.ts";
import { aFolder } from "#test/gateway/transport/support.ts";

export interface Answer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command line, through the program's own entry, in a pipe. Its first words may be one text. */
export async function dextre(line: string, words: readonly string[] = [], stdin = ""): Promise<Answer> {
  const terminal = memoryTerminal({ stdin });
  const exit = await runCommandLine([...line.split(" "), ...words], terminal);
  return { exit, ...terminal.said };
}

/** What a refused command says: nothing on stdout, these lines on stderr. */
export const refusal = (exit: number, ...lines: readonly string[]): Answer => ({
  exit,
  stdout: "",
  stderr: lines.map((line) => `${line}\n`).join(""),
});

/** A spec of one target, `{kind: Nodes, role: node}` for one. */
export const specOf = (target: string, ...more: readonly string[]): string =>
  [
    "apiVersion: dextre.dev/v1alpha1",
    "kind: Upgrade",
    "metadata: {name: workers}",
    "spec:",
    `  targets: [${target}]`,
    ...more.map((line) => `  ${line}`),
    "",
  ].join("\n");

/** A text in a file of its own. */
export function aFile(name: string, text: string): string {
  const file = join(aFolder(), name);
  writeFileSync(file, text);
  return file;
}
