import { afterEach } from "vitest";
import { type ProgramSoFar, programsSoFar } from "./run-program.ts";
import { keepLogs } from "./test-rig.ts";

/*
 * For vitest's setupFiles: beside a test that fails stands what its programs said, whatever it expected of
 * them, and the logs of its rig are kept.
 */

/** Of a test that has run none itself: those before it are its matter. */
const FEWEST = 2;
const MOST = 6;
const LINES = 60;
const COLUMNS = 300;

let toldOf = 0;

afterEach(({ task }) => {
  const all = programsSoFar();
  if (task.result?.state === "fail") {
    const own = all.slice(Math.min(toldOf, all.length - FEWEST)).slice(-MOST);
    const rigs = keepLogs().map((folder) => `The rig's logs are kept in ${folder}\n`);
    process.stderr.write([`\n"${task.name}" failed. What was run:\n`, ...own.map(tell), ...rigs].join(""));
  }
  toldOf = all.length;
});

function tell({ line, end, stdout, stderr }: ProgramSoFar): string {
  return `$ ${line.slice(0, COLUMNS)}   # ${end ?? "still runs"}\n${tail(stdout)}${tail(stderr)}`;
}

function tail(text: string): string {
  const lines = text.trimEnd().split("\n").slice(-LINES);
  return text === "" ? "" : lines.map((line) => `  ${line.slice(0, COLUMNS)}\n`).join("");
}
