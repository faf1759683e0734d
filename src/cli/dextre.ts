#!/usr/bin/env node
import { runCommandLine } from "./command-line.ts";
import { processTerminal } from "./terminal.ts";

// The exit code is set and the process ends by itself: process.exit would cut what a pipe has not taken yet.
process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal());
