import type { ArgDef } from "citty";
import { EXIT } from "#model/exit-codes.ts";
import { type Line, pad, plain, span } from "#render/palette.ts";
import { type Command, lastWord } from "./command.ts";
import { aliasOf } from "./parse-argv.ts";

/** What an exit code says, by its name in EXIT. */
export const EXIT_TEXTS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "done, nothing to do, or already applied",
  unexpected: "unexpected error",
  differences: "there are differences, or there is something to do, where a flag asks for it",
  refused: "nothing was changed, for an expected reason",
  stopped: "stopped on request; resumable",
  failed: "stopped by a failure or a timeout after something was changed; resumable",
  unknown: "a step's outcome is unknown",
  locked: "another run holds the lock, or is unfinished and overlaps",
  notApproved: "not approved",
  usage: "the command line is wrong",
  invalid: "spec, plan or kubeconfig unreadable or invalid",
  interrupted: "forced by a second SIGINT",
  terminated: "forced by a second SIGTERM",
};

export function rootHelp(commands: readonly Command[]): readonly Line[] {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    plain("dextre rolls Kubernetes nodes and pods safely: plan, review, apply, resume."),
    [],
    plain("Usage: dextre COMMAND [FLAGS]"),
    [],
    ...commands.map(({ name, summary }) => [span(`  ${pad(name, width)}`, "bold"), span(summary)]),
    [],
    plain("  dextre COMMAND --help, or dextre help COMMAND, says more about one."),
    plain("  dextre --version prints the version."),
    [],
    plain("Exit codes:"),
    ...exitLines(),
  ];
}

function exitLines(): readonly Line[] {
  const names = Object.keys(EXIT_TEXTS) as (keyof typeof EXIT)[];
  return names.map((name) => plain(`  ${pad(String(EXIT[name]), 5)}${EXIT_TEXTS[name]}`));
}

/** Help of a word that only stands before others. */
export function groupHelp({ name, summary, subcommands }: Command): readonly Line[] {
  const width = Math.max(...subcommands.map((one) => one.name.length)) + 2;
  return [
    plain(summary),
    [],
    plain(`Usage: dextre ${name} ${subcommands.map(lastWord).join("|")} [FLAGS]`),
    [],
    ...subcommands.map((one) => [span(`  ${pad(one.name, width)}`, "bold"), span(one.summary)]),
    [],
    plain(`  dextre ${subcommands[0]?.name ?? name} --help says more about one.`),
  ];
}

export function commandHelp(command: Command): readonly Line[] {
  const args = Object.entries(command.args);
  const words = args.filter(([, arg]) => arg.type === "positional").map(([name, arg]) => wordOf(name, arg));
  const flags = args.filter(([, arg]) => arg.type !== "positional");
  const usage = ["Usage: dextre", command.name, ...words, ...(flags.length > 0 ? ["[FLAGS]"] : [])].join(" ");
  return [
    plain(command.summary),
    [],
    plain(usage),
    ...section(
      "",
      args.filter(([, arg]) => arg.type === "positional").map(([name, arg]) => [wordOf(name, arg), arg]),
    ),
    ...section("Flags:", [
      ...flags.map(([name, arg]): [string, ArgDef] => [flagWords(name, arg), arg]),
      HELP_ROW,
    ]),
    ...(command.details === "" ? [] : [[], ...command.details.split("\n").map(plain)]),
  ];
}

const HELP_ROW: [string, ArgDef] = ["-h, --help", { type: "boolean", description: "This text." }];

function section(title: string, rows: readonly (readonly [string, ArgDef])[]): readonly Line[] {
  if (rows.length === 0) return [];
  const width = Math.max(...rows.map(([words]) => words.length)) + 2;
  return [
    [],
    ...(title === "" ? [] : [plain(title)]),
    ...rows.map(([words, arg]) => [span(`  ${pad(words, width)}`), span(arg.description ?? "")]),
  ];
}

const wordOf = (name: string, arg: ArgDef): string =>
  arg.required === false ? `[${name.toUpperCase()}]` : name.toUpperCase();

function flagWords(name: string, arg: ArgDef): string {
  const short = aliasOf(arg);
  const value =
    arg.type === "enum"
      ? ` ${arg.options?.join("|") ?? ""}`
      : arg.type === "boolean"
        ? ""
        : ` ${arg.valueHint ?? "VALUE"}`;
  return `${short === undefined ? "    " : `-${short}, `}--${name}${value}`;
}
