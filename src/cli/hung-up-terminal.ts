/**
 * At its end Node sets terminals back as it found them, and aborts where one has hung up meanwhile
 * (134 in place of the exit code). A descriptor that is closed by then is left alone.
 * Source: ResetStdio in Node's src/node.cc.
 */
export function letGoOfHungUpTerminals(): void {
  const { closeSync } = process.getBuiltinModule("node:fs");
  const { isatty } = process.getBuiltinModule("node:tty");
  const terminals = [0, 1, 2].filter(isatty);
  process.once("exit", () => {
    for (const descriptor of terminals) if (!isatty(descriptor)) closeSync(descriptor);
  });
}
