import { EXIT } from "#model/exit-codes.ts";
import { renderDiagnostics } from "#render/diagnostic-text.ts";
import { nearestWord } from "#schema/nearest-word.ts";
import { type Command, lastWord } from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { describeFailure } from "./describe-failure.ts";
import { failUsage } from "./failure.ts";
import { commandHelp, groupHelp, rootHelp } from "./help.ts";
import { parseArgv } from "./parse-argv.ts";
import { runWithCitty } from "./run-with-citty.ts";
import type { Terminal } from "./terminal.ts";
import { DEXTRE_VERSION } from "./version.ts";
import { readingColumns, writeLines } from "./write-lines.ts";

/** Runs one command line to its end and answers the exit code. Never throws, never exits. */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(words, terminal);
  } catch (error) {
    const { exit, diagnostics } = await describeFailure(error);
    const { stderr } = terminal;
    stderr.write(renderDiagnostics(diagnostics, stderr.colour, readingColumns(stderr)));
    return exit;
  }
}

async function dispatch(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined) {
    writeLines(terminal.stderr, rootHelp(COMMANDS));
    return EXIT.usage;
  }
  if (first === "--help" || first === "-h") {
    if (rest.length > 0) failUsage(`unexpected word "${rest[0] ?? ""}"`, "see: dextre --help");
    writeLines(terminal.stdout, rootHelp(COMMANDS));
    return EXIT.done;
  }
  if (first === "--version") {
    if (rest.length > 0) failUsage(`unexpected word "${rest[0] ?? ""}"`, "see: dextre --help");
    terminal.stdout.write(`${DEXTRE_VERSION}\n`);
    return EXIT.done;
  }
  if (first === "help") return dispatch(helpWords(rest), terminal);
  const command = COMMANDS.find(({ name }) => name === first) ?? failUnknown(first, COMMANDS);
  if (command.subcommands.length > 0) return dispatchInGroup(command, words, terminal);
  return runParsed(command, { words, rest }, terminal);
}

/** "help roll pods" is "roll pods --help", and "help" alone is "--help": the words that people try first. */
function helpWords(words: readonly string[]): readonly string[] {
  const asked = words.filter((word) => word !== "--help" && word !== "-h");
  return asked[0] === "help" ? ["--help"] : [...asked, "--help"];
}

function dispatchInGroup(group: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  const [, second, ...rest] = words;
  if (second === undefined) {
    writeLines(terminal.stderr, groupHelp(group));
    return Promise.resolve(EXIT.usage);
  }
  if (second === "--help" || second === "-h") {
    if (rest.length > 0) failUsage(`unexpected word "${rest[0] ?? ""}"`, `see: dextre ${group.name} --help`);
    writeLines(terminal.stdout, groupHelp(group));
    return Promise.resolve(EXIT.done);
  }
  const name = `${group.name} ${second}`;
  const command =
    group.subcommands.find((one) => one.name === name) ?? failUnknown(second, group.subcommands);
  return runParsed(command, { words, rest }, terminal);
}

async function runParsed(
  command: Command,
  { words, rest }: { readonly words: readonly string[]; readonly rest: readonly string[] },
  terminal: Terminal,
): Promise<number> {
  const parsed = parseArgv(command, rest);
  if (parsed.kind === "help") {
    writeLines(terminal.stdout, commandHelp(command));
    return EXIT.done;
  }
  if (command.isBrief !== true) terminal.beginWork?.();
  return runWithCitty(words, COMMANDS, { values: parsed.values, terminal });
}

function failUnknown(word: string, commands: readonly Command[]): never {
  const near = nearestWord(word, commands.map(lastWord));
  const what = word.startsWith("-") ? "flag" : "command";
  failUsage(`unknown ${what} ${word}`, near === undefined ? "see: dextre --help" : `did you mean ${near}?`);
}
