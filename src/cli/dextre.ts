#!/usr/bin/env node
import { watchDocument } from "./broken-output.ts";
import { runCommandLine } from "./command-line.ts";
import { letGoOfHungUpTerminals } from "./hung-up-terminal.ts";
import { processTerminal } from "./terminal.ts";

/** Asks Node for modules that take longer to load than a help text takes to be written. */
function prepareForWork(): void {
  // One signal ends every wait and request of a run; Node takes more than ten listeners for a leak and says so on stderr.
  process.getBuiltinModule("node:events").setMaxListeners(200);
  letGoOfHungUpTerminals();
}

const terminal = processTerminal(prepareForWork);
const exitOf = watchDocument(terminal);

// Not awaited, so that what is loaded for a command may import from this file: it has come to its end.
void runCommandLine(process.argv.slice(2), terminal).then((exit) => {
  // The exit code is set and the process ends by itself: process.exit would cut what a pipe has not taken yet.
  process.exitCode = exit;
  // A pipe or file says only after the command that it did not take everything.
  process.once("exit", () => {
    process.exitCode = exitOf(exit);
  });
});
