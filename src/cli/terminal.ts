import type { WriteStream } from "node:tty";
import type { Colour } from "#render/palette.ts";

/** All that a command knows of the process around it. */
export interface Terminal {
  /** The product. */
  readonly stdout: Output;
  /** The talk. */
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readStdin(): Promise<string>;
  /** Asks the person at the terminal; "" where the input ends or Ctrl-C comes. null: nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | null;
}

export interface Output {
  write(text: string): void;
  /** A person reads it: not a pipe, not CI. */
  readonly isLive: boolean;
  readonly isTerminal: boolean;
  readonly colour: Colour;
  /** As it is now; 80 × 24 where it cannot be told. */
  size(): { readonly columns: number; readonly rows: number };
}

/** Node makes each stream when it is first asked for, which takes time: a command pays for those it uses. */
export function processTerminal(): Terminal {
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  return {
    get stdout() {
      stdout ??= outputOf(process.stdout);
      return stdout;
    },
    get stderr() {
      stderr ??= outputOf(process.stderr);
      return stderr;
    },
    environment: process.env,
    async readStdin() {
      const { text } = await import("node:stream/consumers");
      return text(process.stdin);
    },
    get ask() {
      return process.stdin.isTTY && process.stderr.isTTY ? askOnTerminal : null;
    },
  };
}

async function askOnTerminal(question: string): Promise<string> {
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    let given: string | null = null;
    lines.on("SIGINT", () => lines.close());
    lines.on("close", () => {
      if (given === null) process.stderr.write("\n");
      resolve(given ?? "");
    });
    lines.question(question, (answer) => {
      given = answer;
      lines.close();
    });
  });
}

function outputOf(stream: WriteStream): Output {
  // Whoever read the pipe has gone, as `| head` does. That ends the reading, not the work.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const isTerminal = stream.isTTY === true;
  return {
    write: (text) => void stream.write(text),
    isTerminal,
    isLive: isTerminal && !process.env.CI && process.env.TERM !== "dumb",
    colour: isTerminal && wantsColour(process.env) ? "ansi" : "none",
    size: () => ({ columns: stream.columns || 80, rows: stream.rows || 24 }),
  };
}

/** Source: no-color.org: present and not empty. */
const wantsColour = (environment: Terminal["environment"]): boolean =>
  !environment.NO_COLOR && environment.TERM !== "dumb";
