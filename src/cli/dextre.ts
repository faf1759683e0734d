#!/usr/bin/env node
import { setMaxListeners } from "node:events";
import { watchDocument } from "./broken-output.ts";
import { runCommandLine } from "./command-line.ts";
import { letGoOfHungUpTerminals } from "./hung-up-terminal.ts";
import { processTerminal } from "./terminal.ts";

// One signal ends every wait and request of a run; Node takes more than ten listeners for a leak and says so on stderr.
setMaxListeners(200);

// The exit code is set and the process ends by itself: process.exit would cut what a pipe has not taken yet.
letGoOfHungUpTerminals();
const terminal = processTerminal();
const exitOf = watchDocument(terminal);
const exit = await runCommandLine(process.argv.slice(2), terminal);
process.exitCode = exit;
// A pipe or file says only after the command that it did not take everything.
process.once("exit", () => {
  process.exitCode = exitOf(exit);
});
