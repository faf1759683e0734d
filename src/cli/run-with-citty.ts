import { defineCommand, runCommand, type SubCommandsDef } from "citty";
import { EXIT } from "#model/exit-codes.ts";
import type { Command, Invocation } from "./command.ts";
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
  const bind = ({ definition }: Command) =>
    defineCommand({
      ...definition,
      async run(context) {
        exit = await definition.run?.({ ...context, data: invocation });
      },
    });
  const subCommands: SubCommandsDef = Object.fromEntries(commands.map((one) => [one.name, bind(one)]));
  const dextre = defineCommand({ meta: { name: "dextre", version: DEXTRE_VERSION }, subCommands });
  await runCommand(dextre, { rawArgs: [...words] });
  return exit;
}
