import { EXIT } from "#model/exit-codes.ts";
import { fail } from "../failure.ts";
import type { Terminal } from "../terminal.ts";

/**
 * Asks the person at the terminal; only yes or y goes on, whatever else is said, or an end of the
 * input, declines. @throws CommandFailure 8 where it is declined or nobody can be asked
 */
export async function confirm({ ask }: Terminal): Promise<void> {
  if (ask === null) {
    fail(
      EXIT.notApproved,
      "E-NOT-CONFIRMED",
      "nothing was changed: there is no terminal to ask on",
      "with -y it goes on without asking; --dry-run only shows the plan",
    );
  }
  const answer = await ask("Apply? yes/no: ");
  if (/^y(es)?$/i.test(answer.trim())) return;
  fail(EXIT.notApproved, "E-NOT-CONFIRMED", "declined: nothing was changed");
}
