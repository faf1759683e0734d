import type { Code } from "#model/codes.ts";
import type { Diagnostic } from "#model/diagnostic.ts";
import type { ExitCode } from "#model/exit-codes.ts";
import { EXIT } from "#model/exit-codes.ts";

/** A command ends early for a reason that is expected. The diagnostics go to stderr. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
  readonly exit: ExitCode;
  readonly diagnostics: readonly Diagnostic[];
  constructor(exit: ExitCode, diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join("; "));
    this.exit = exit;
    this.diagnostics = diagnostics;
  }
}

/** @throws CommandFailure always */
export function fail(exit: ExitCode, code: Code, message: string, help?: string): never {
  throw new CommandFailure(exit, [{ code, message, ...(help === undefined ? {} : { help }) }]);
}

/** The command line is wrong: exit 64, and nothing was called. */
export function failUsage(message: string, help: string): never {
  fail(EXIT.usage, "E-USAGE", message, help);
}
