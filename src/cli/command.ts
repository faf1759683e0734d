import type { ArgsDef, ParsedArgs } from "citty";
import type { Terminal } from "./terminal.ts";

/** A command as the parser, the help and the dispatcher know it. Cheap to load: work is imported in `run`. */
export interface Command {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More for the command's own help; "" for none. */
  readonly details: string;
  readonly args: ArgsDef;
  /** Parsed values by the names in `args`; answers the exit code. */
  readonly run: (values: GivenValues, terminal: Terminal) => Promise<number>;
}

/** What was given on the command line: absent flags are absent, booleans are true or absent. */
export type GivenValues = Readonly<Record<string, string | boolean | undefined>>;

/** Ties what `run` gets to what `args` declares; the strict parser keeps the promise. */
export function command<const Args extends ArgsDef>(definition: {
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly args: Args;
  readonly run: (values: ParsedArgs<Args>, terminal: Terminal) => Promise<number>;
}): Command {
  return {
    details: "",
    ...definition,
    run: (values, terminal) => definition.run({ _: [], ...values } as ParsedArgs<Args>, terminal),
  };
}
