import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs } from "citty";
import type { Terminal } from "./terminal.ts";

/** A command as the strict parser, the help and citty know it. Cheap to load: work is imported in `run`. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More for the command's own help; "" for none. */
  readonly details: string;
  readonly args: ArgsDef;
  /** Reads, prints and ends, whatever becomes of its terminal: it waits for no cluster. */
  readonly isBrief?: boolean;
  /** What citty runs; it takes an `Invocation` as its `data` and answers the exit code. */
  readonly definition: CommandDef;
  /** Of a group such as roll, which does nothing by itself; their names begin with the group's. */
  readonly subcommands: readonly Command[];
}

/** What was given on the command line: absent flags are absent, booleans are true or absent. */
export type GivenValues = Readonly<Record<string, string | boolean | undefined>>;

/** A command line that the strict parser let through, on its way to the command's `run`. */
export interface Invocation {
  /** By the names in `args`. */
  readonly values: GivenValues;
  readonly terminal: Terminal;
}

/** Ties what `run` gets to what `args` declares; the strict parser keeps the promise. */
export function command<const Args extends ArgsDef>({
  run,
  ...head
}: {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly isBrief?: boolean;
  readonly args: Args;
  readonly run: (values: ParsedArgs<Args>, terminal: Terminal) => Promise<number>;
}): Command {
  const definition = defineCommand<ArgsDef>({
    meta: { name: head.name, description: head.summary },
    args: head.args,
    run(context) {
      const { values, terminal }: Invocation = context.data;
      return run({ _: [], ...values } as ParsedArgs<Args>, terminal);
    },
  });
  return { details: "", subcommands: [], ...head, definition };
}

/** "pods" of "roll pods". */
export const lastWord = ({ name }: Pick<Command, "name">): string => name.slice(name.lastIndexOf(" ") + 1);

/** A word that only stands before others: `roll` of `roll pods`. */
export function commandGroup(head: {
  readonly name: string;
  readonly summary: string;
  readonly subcommands: readonly Command[];
}): Command {
  const { name, summary } = head;
  return { details: "", args: {}, ...head, definition: { meta: { name, description: summary } } };
}
