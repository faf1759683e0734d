import { type ChildProcess, spawn } from "node:child_process";
import type { Output, Terminal } from "../terminal.ts";

export interface ChildEnd {
  /** null where a signal ended it. */
  readonly exit: number | null;
}

export interface ChildRunnerOptions {
  /** The program and what comes before the words of a command line. */
  readonly program: readonly string[];
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly terminal: Pick<Terminal, "stdout" | "stderr">;
}

/** It has 5 s to stop at a safe point, and starting takes time too. */
const PATIENCE_MILLISECONDS = 12_000;

/**
 * Runs processes of dextre, one after the other. Each is in a session of its own, so that a terminal's
 * Ctrl-C comes to it once, from here; none outlives this process, but for one that kill -9 has ended.
 */
export class ChildRunner {
  readonly #options: ChildRunnerOptions;
  #child: ChildProcess | undefined;
  #patience: NodeJS.Timeout | undefined;
  readonly #kill = (): void => this.kill();
  readonly #resize = (): void => void this.#child?.kill("SIGWINCH");

  constructor(options: ChildRunnerOptions) {
    this.#options = options;
    process.on("exit", this.#kill);
    process.on("SIGWINCH", this.#resize);
  }

  /** Settles when it has ended and all that it said is passed on. @throws the system's error where it cannot be started */
  run(words: readonly string[]): Promise<ChildEnd> {
    const { program, folder, environment, terminal } = this.#options;
    const [file = "", ...before] = program;
    const child = spawn(file, [...before, ...words], {
      cwd: folder,
      env: { ...environment },
      detached: true,
      stdio: ["ignore", wayTo(terminal.stdout), wayTo(terminal.stderr)],
    });
    this.#child = child;
    child.stdout?.setEncoding("utf8").on("data", (text: string) => terminal.stdout.write(text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => terminal.stderr.write(text));
    return new Promise<ChildEnd>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exit) => resolve({ exit }));
    }).finally(() => {
      clearTimeout(this.#patience);
      this.#child = undefined;
    });
  }

  /** Asks for a stop, and does not wait for ever. */
  stop(signal: "SIGINT" | "SIGTERM"): void {
    if (this.#child === undefined) return;
    this.#child.kill(signal);
    this.#patience = setTimeout(this.#kill, PATIENCE_MILLISECONDS);
  }

  /** As kill -9 does. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  close(): void {
    this.#kill();
    process.off("exit", this.#kill);
    process.off("SIGWINCH", this.#resize);
  }
}

/** A terminal shows the live view itself. Elsewhere what is said comes through here, so that it stays in order. */
const wayTo = (output: Output): "inherit" | "pipe" => (output.isTerminal ? "inherit" : "pipe");
