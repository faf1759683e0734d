import type { Command } from "../command.ts";
import { bashCompletion } from "./bash.ts";
import { completionTable } from "./completion-table.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export type Shell = keyof typeof WRITERS;

export const isShell = (word: string): word is Shell => Object.hasOwn(WRITERS, word);

/** The completion script of a shell, from the command table. */
export const completionScript = (shell: Shell, commands: readonly Command[]): string =>
  WRITERS[shell](completionTable(commands));
