import { type CommandDef, defineCommand, runCommand, type SubCommandsDef } from "citty";
import { EXIT } from "#model/exit-codes.ts";
import { type Command, type Invocation, lastWord } from "./command.ts";
import { DEXTRE_VERSION } from "./version.ts";

/**
 * Lets citty find and run the command of words that the strict parser let through; answers its exit code.
 * citty hands neither `data` nor an answer through a subcommand, so both are bound to the commands here.
 */
export async function runWithCitty(
  words: readonly string[],
  commands: readonly Command[],
  invocation: Invocation,
): Promise<number> {
  let exit: number = EXIT.unexpected;
  const bind = ({ definition, subcommands }: Command): CommandDef =>
    subcommands.length > 0
      ? { ...definition, subCommands: bindAll(subcommands) }
      : {
          ...definition,
          async run(context) {
            exit = await definition.run?.({ ...context, data: invocation });
          },
        };
  const bindAll = (some: readonly Command[]): SubCommandsDef =>
    Object.fromEntries(some.map((one) => [lastWord(one), bind(one)]));
  const meta = { name: "dextre", version: DEXTRE_VERSION };
  const dextre = defineCommand({ meta, subCommands: bindAll(commands) });
  await runCommand(dextre, { rawArgs: [...words] });
  return exit;
}
