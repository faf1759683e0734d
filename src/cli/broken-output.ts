import { EXIT } from "#model/exit-codes.ts";
import { renderDiagnostics } from "#render/diagnostic-text.ts";
import { reasonOf } from "./read-text.ts";
import type { BrokenOutput, Terminal } from "./terminal.ts";

const NAMES = { stdout: "standard output", stderr: "standard error" } as const;

/** "standard output cannot be written: the disk is full" */
export const describeBroken = ({ name, code }: BrokenOutput): string =>
  `${NAMES[name]} cannot be written: ${reasonOf(code)}`;

/**
 * A document that did not arrive is said on stderr and exits 1, whatever the command made of it. A
 * reader that has gone has seen enough, as `| head` has: that is no failure of a document.
 */
export function watchDocument(terminal: Terminal): (exit: number) => number {
  let isLost = false;
  terminal.onBroken((broken) => {
    if (broken.name !== "stdout" || broken.code === "EPIPE") return;
    isLost = true;
    const { stderr } = terminal;
    stderr.write(
      renderDiagnostics([{ code: "E-OUTPUT-WRITE", message: describeBroken(broken) }], stderr.colour),
    );
  });
  return (exit) => (isLost && (exit === EXIT.done || exit === EXIT.differences) ? EXIT.unexpected : exit);
}
