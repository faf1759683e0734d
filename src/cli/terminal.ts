import type { WriteStream } from "node:tty";
import type { Colour } from "#render/palette.ts";
import { DESCRIPTORS, isCharacterDevice, writeNow } from "./descriptors.ts";

/** All that a command knows of the process around it. */
export interface Terminal {
  /** The product. */
  readonly stdout: Output;
  /** The talk. */
  readonly stderr: Output;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readStdin(): Promise<string>;
  /** Told once of each that takes nothing more, at once if it is so already: its reader or terminal is gone, or the disk is full. */
  onBroken(listener: (output: BrokenOutput) => void): void;
  /** Asks the person at the terminal; "" where the input ends or Ctrl-C comes. null: nobody is there. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** Called before a command that works for a while; help and brief commands do without. */
  readonly beginWork?: () => void;
}

export interface BrokenOutput {
  readonly name: "stdout" | "stderr";
  /** The system's code: EPIPE, EIO, ENOSPC, … */
  readonly code: string;
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
export function processTerminal(beginWork: () => void): Terminal {
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  let isWorking = false;
  const isIdle = (): boolean => !isWorking;
  const listeners: ((output: BrokenOutput) => void)[] = [];
  const told: BrokenOutput[] = [];
  const tell = (broken: BrokenOutput): void => {
    told.push(broken);
    for (const listener of listeners) listener(broken);
  };
  return {
    beginWork() {
      isWorking = true;
      beginWork();
    },
    onBroken(listener) {
      listeners.push(listener);
      told.forEach(listener);
    },
    get stdout() {
      stdout ??= outputOf({
        name: "stdout",
        mayWait: isIdle,
        tellBroken: (code) => tell({ name: "stdout", code }),
      });
      return stdout;
    },
    get stderr() {
      stderr ??= outputOf({
        name: "stderr",
        mayWait: isIdle,
        tellBroken: (code) => tell({ name: "stderr", code }),
      });
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

/** After its first failure a stream is not written to again: what it says is lost, and nothing else is. */
function outputOf({
  name,
  mayWait,
  tellBroken,
}: {
  readonly name: BrokenOutput["name"];
  /** Whether a reader that takes its time may hold the whole process up. */
  readonly mayWait: () => boolean;
  readonly tellBroken: (code: string) => void;
}): Output {
  let isBroken = false;
  const onFailure = (error: unknown): void => {
    if (isBroken) return;
    isBroken = true;
    tellBroken(error instanceof Error && "code" in error ? String(error.code) : String(error));
  };
  let made: WriteStream | undefined;
  const stream = (): WriteStream => {
    made ??= process[name].on("error", onFailure);
    return made;
  };
  const isDirect = !isCharacterDevice(DESCRIPTORS[name]);
  const isTerminal = !isDirect && stream().isTTY === true;
  return {
    write(text) {
      if (isBroken) return;
      try {
        const rest = isDirect && made === undefined && mayWait() ? writeNow(DESCRIPTORS[name], text) : text;
        if (rest.length > 0) stream().write(rest);
      } catch (error) {
        // A file's stream throws where a pipe's tells.
        onFailure(error);
      }
    },
    isTerminal,
    isLive: isTerminal && !process.env.CI && process.env.TERM !== "dumb",
    colour: isTerminal && wantsColour(process.env) ? "ansi" : "none",
    size: () => ({ columns: stream().columns || 80, rows: stream().rows || 24 }),
  };
}

/** Source: no-color.org: present and not empty. */
const wantsColour = (environment: Terminal["environment"]): boolean =>
  !environment.NO_COLOR && environment.TERM !== "dumb";
