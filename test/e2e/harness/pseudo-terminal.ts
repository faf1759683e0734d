import { join } from "node:path";
import { workTree } from "#test/rig/paths.ts";
import { type RunningProgram, runProgram } from "./run-program.ts";

/** Columns and rows as tmux gives them to a new session. */
const SIZE = { columns: 80, rows: 24 };

/** A pipeline that runs the tests says CI, which a person's shell does not. */
const SCREEN = { TERM: "xterm-256color", CI: "" };

/**
 * Runs its arguments on a terminal of their own, and passes on what they say. Types
 * the answer once the prompt is there. Exits as they do.
 */
const SCRIPT = `
import fcntl, os, pty, struct, sys, termios
columns, rows, prompt, answer = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].encode(), sys.argv[4].encode()
pid, master = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(sys.argv[5], sys.argv[5:])
said, answered = b"", False
while True:
    try:
        chunk = os.read(master, 65536)
    except OSError:
        break
    if not chunk:
        break
    os.write(1, chunk)
    said = (said + chunk)[-4096:]
    if not answered and prompt in said:
        os.write(master, answer + b"\\r")
        answered = True
_, status = os.waitpid(pid, 0)
sys.exit(os.waitstatus_to_exitcode(status))
`;

export interface TerminalOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  /** What the person types when it is asked "Apply? yes/no:". */
  readonly answer: string;
}

/** dextre as a person runs it: with a terminal for input and output, 80 columns wide. stdout has both. */
export function runDextreOnTerminal(
  args: readonly string[],
  { environment, folder, answer }: TerminalOptions,
): RunningProgram {
  const cli = process.env.DEXTRE_CLI ?? join(workTree(), "dist", "dextre.js");
  const size = [String(SIZE.columns), String(SIZE.rows)];
  const words = ["-c", SCRIPT, ...size, "Apply? yes/no: ", answer, process.execPath, cli, ...args];
  return runProgram("python3", words, { environment: { ...environment, ...SCREEN }, folder });
}
