import type { ParseArgsConfig } from "node:util";
import type { ArgDef } from "citty";
import { nearestWord } from "#schema/nearest-word.ts";
import type { Command, GivenValues } from "./command.ts";
import { failUsage } from "./failure.ts";
import { flagElsewhere } from "./flags-elsewhere.ts";
import { shellWord } from "./shell-word.ts";

export type Parsed = { readonly kind: "help" } | { readonly kind: "values"; readonly values: GivenValues };

const HELP = { type: "boolean", short: "h" } as const;

/**
 * A command's words, strictly: an unknown or repeated flag, a missing or forbidden value, a word too
 * few or too many is refused (exit 64) before anything is done.
 */
export function parseArgv(command: Command, words: readonly string[]): Parsed {
  refuseSingleDashes(command, words);
  const { values, positionals, tokens } = parseLoosely(command, words);
  const seen = new Set<string>();
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    checkFlag(token, command);
    if (seen.has(token.name)) failUsage(`${token.rawName} is given twice`, helpOf(command));
    seen.add(token.name);
  }
  if (seen.has("help")) return { kind: "help" };
  for (const [name, arg] of Object.entries(command.args)) {
    if (arg.type === "positional" || arg.required !== true || seen.has(name)) continue;
    const flag = flagOf(name, arg);
    const [word] = positionals;
    const isForgotten = word !== undefined && takesNoWord(command);
    const help = isForgotten ? `write: dextre ${command.name} ${flag} ${shellWord(word)}` : helpOf(command);
    failUsage(`${flag} is missing${hint(arg)}`, help);
  }
  return {
    kind: "values",
    values: { ...defaultsOf(command), ...values, ...placeWords(command, positionals) },
  };
}

/** As in "-out plan.json": it would be read as -o with the value "ut". */
function refuseSingleDashes(command: Command, words: readonly string[]): void {
  const end = words.indexOf("--");
  for (const word of end < 0 ? words : words.slice(0, end)) {
    const name = /^-([a-z][a-z-]+)(=|$)/.exec(word)?.[1];
    if (name === undefined) continue;
    const arg = name === "help" ? HELP : command.args[name];
    if (arg && arg.type !== "positional") failUsage(`unknown flag -${name}`, `did you mean --${name}?`);
  }
}

const takesNoWord = (command: Command): boolean =>
  Object.values(command.args).every((arg) => arg.type !== "positional");

interface FlagToken {
  readonly name: string;
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function checkFlag({ name, rawName, value, inlineValue }: FlagToken, command: Command): void {
  const help = helpOf(command);
  const arg = name === "help" ? HELP : command.args[name];
  if (!arg || arg.type === "positional") failUsage(`unknown flag ${rawName}`, suggest(name, command));
  if (arg.type === "boolean") {
    if (inlineValue === true) failUsage(`${rawName} takes no value`, help);
    return;
  }
  if (value === undefined || value === "" || looksLikeFlag(value, inlineValue)) {
    failUsage(`${rawName} needs a value${hint(arg)}`, help);
  }
  if (arg.type === "enum" && !arg.options?.includes(value)) {
    failUsage(`${rawName} ${value} is not one of ${arg.options?.join(", ") ?? ""}`, help);
  }
}

function parseLoosely(command: Command, words: readonly string[]) {
  const options: NonNullable<ParseArgsConfig["options"]> = { help: HELP };
  for (const [name, arg] of Object.entries(command.args)) {
    if (arg.type === "positional") continue;
    const short = aliasOf(arg);
    options[name] = {
      type: arg.type === "boolean" ? "boolean" : "string",
      ...(short === undefined ? {} : { short }),
    };
  }
  // Loaded only here: help needs no parser.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return { values: values as GivenValues, positionals, tokens };
}

/**
 * A value that stands apart and begins with a dash is a forgotten value; "-" alone is standard input,
 * and "-5" a value that whoever reads it has an opinion on.
 */
const looksLikeFlag = (value: string, inline: boolean | undefined): boolean =>
  inline !== true && /^-[^\d]/.test(value);

function placeWords(command: Command, words: readonly string[]): GivenValues {
  const names = Object.entries(command.args).filter(([, arg]) => arg.type === "positional");
  const extra = words[names.length];
  if (extra !== undefined) failUsage(`unexpected word "${extra}"`, helpOf(command));
  const values: Record<string, string> = {};
  for (const [index, [name, arg]] of names.entries()) {
    const word = words[index];
    if (word !== undefined) values[name] = word;
    else if (arg.required !== false) {
      failUsage(`${name.toUpperCase()} is missing: ${arg.description ?? ""}`, helpOf(command));
    }
  }
  return values;
}

function defaultsOf(command: Command): GivenValues {
  const values: Record<string, string | boolean> = {};
  for (const [name, arg] of Object.entries(command.args)) {
    if (arg.default !== undefined) values[name] = arg.default;
  }
  return values;
}

const helpOf = (command: Command): string => `see: dextre ${command.name} --help`;

/** "--file", or "-f" where the flag has a letter. */
function flagOf(name: string, arg: ArgDef): string {
  const short = aliasOf(arg);
  return short === undefined ? `--${name}` : `-${short}`;
}

export function aliasOf(arg: ArgDef): string | undefined {
  if (!("alias" in arg)) return undefined;
  return Array.isArray(arg.alias) ? arg.alias[0] : arg.alias;
}

const hint = (arg: ArgDef): string => (arg.valueHint === undefined ? "" : `: ${arg.valueHint}`);

function suggest(name: string, command: Command): string {
  const known = flagElsewhere(command.name, name);
  if (known !== undefined) return known;
  const near = nearestWord(name, Object.keys(command.args));
  return near === undefined ? helpOf(command) : `did you mean --${near}?`;
}
