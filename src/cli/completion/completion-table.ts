import type { ArgDef } from "citty";
import { CODES } from "#model/codes.ts";
import type { Command } from "../command.ts";
import { lastWord } from "../command.ts";
import { aliasOf } from "../parse-argv.ts";
import { SCENARIO_NAMES } from "../sandbox/scenario-names.ts";

/** What may stand somewhere. any: nobody can tell. */
export type Candidates =
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** Files, and words that may stand for one. */
  | { readonly kind: "files"; readonly words: readonly string[] }
  | { readonly kind: "folders" }
  | { readonly kind: "any" };

export interface CompletedFlag {
  /** "--output", "-o" */
  readonly names: readonly string[];
  readonly help: string;
  /** null: it takes no value. */
  readonly value: Candidates | null;
}

/** A place in a command line: behind `at`, what can come. */
export interface CompletedPlace {
  /** "dextre", "dextre roll pods" */
  readonly at: string;
  readonly words: readonly { readonly word: string; readonly help: string }[];
  readonly flags: readonly CompletedFlag[];
  /** What stands without a flag; null: nothing does. */
  readonly word: Candidates | null;
}

const HELP: CompletedFlag = { names: ["--help", "-h"], help: "Help.", value: null };

/** The command table as completion scripts need it: every place that can be completed. */
export function completionTable(commands: readonly Command[]): readonly CompletedPlace[] {
  const version: CompletedFlag = { names: ["--version"], help: "Print the version.", value: null };
  const root = { at: "dextre", words: commands.map(wordOf), flags: [HELP, version], word: null };
  return [root, ...commands.flatMap(placesOf)];
}

const wordOf = (command: Command) => ({ word: lastWord(command), help: command.summary });

function placesOf(command: Command): readonly CompletedPlace[] {
  const args = Object.entries(command.args);
  const positional = args.find(([, arg]) => arg.type === "positional");
  const flags = args
    .filter(([, arg]) => arg.type !== "positional")
    .map(([name, arg]): CompletedFlag => {
      const short = aliasOf(arg);
      return {
        names: [`--${name}`, ...(short === undefined ? [] : [`-${short}`])],
        help: arg.description ?? "",
        value: arg.type === "boolean" ? null : candidatesOf(arg),
      };
    });
  const place = {
    at: `dextre ${command.name}`,
    words: command.subcommands.map(wordOf),
    flags: [...flags, HELP],
    word: positional ? candidatesOf(positional[1]) : null,
  };
  return [place, ...command.subcommands.flatMap(placesOf)];
}

function candidatesOf(arg: ArgDef): Candidates {
  if (arg.type === "enum") return { kind: "words", words: arg.options ?? [] };
  const hint = arg.valueHint ?? "";
  if (hint === "CODE") return { kind: "words", words: Object.keys(CODES) };
  if (/^[a-z]+(\|[a-z]+)+$/.test(hint)) return { kind: "words", words: hint.split("|") };
  if (hint === "FILE|NAME") return { kind: "files", words: SCENARIO_NAMES };
  if (hint.startsWith("FILE")) return { kind: "files", words: [] };
  return { kind: hint === "FOLDER" ? "folders" : "any" };
}

/** A text as one word of any of the three shells. */
export const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
