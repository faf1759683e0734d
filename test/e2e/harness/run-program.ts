import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { childEnvironment } from "#test/rig/child-environment.ts";
import { workTree } from "#test/rig/paths.ts";
import { waitUntil } from "#test/rig/wait-until.ts";

/** How a program ended; exactly one of code and signal is set. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly pid: number;
  /** What it has said so far. */
  stdout(): string;
  stderr(): string;
  /** Settled once stdout and stderr together match; rejects at the deadline with what was said. */
  says(pattern: RegExp, timeoutSeconds: number): Promise<void>;
  /** "SIGKILL" as a crash does. False where it had already ended. */
  kill(signal: NodeJS.Signals): boolean;
  readonly ended: Promise<ProgramEnd>;
}

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder it runs in; the work tree where absent. */
  readonly folder?: string;
  /** Text for its standard input; none where absent. */
  readonly input?: string;
}

/** A program that a test file has run, as it stands now. */
export interface ProgramSoFar {
  /** "dextre apply plan.json" */
  readonly line: string;
  /** "exit 0", "SIGKILL"; undefined while it runs. */
  readonly end: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

const programs: (() => ProgramSoFar)[] = [];

/** Every program that this test file has run so far, in the order of their starts. */
export const programsSoFar = (): readonly ProgramSoFar[] => programs.map((look) => look());

/** Starts a program that sees the rig and nothing of this machine's clusters, proxies and accounts. */
export function runProgram(
  file: string,
  args: readonly string[],
  options: ProgramOptions = {},
): RunningProgram {
  const child = spawn(file, [...args], {
    cwd: options.folder ?? workTree(),
    env: childEnvironment(options.environment),
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const said = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  const line = [file, ...args].map((word) => (word.includes("\n") ? "…" : basename(word))).join(" ");
  const end = () => child.signalCode ?? (child.exitCode === null ? undefined : `exit ${child.exitCode}`);
  programs.push(() => ({ line, end: end(), ...said }));
  const ended = new Promise<ProgramEnd>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...said }));
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    says: (pattern, timeoutSeconds) => awaitWords(said, pattern, timeoutSeconds),
    kill: (signal) => child.kill(signal),
    ended,
  };
}

async function awaitWords(
  said: { readonly stdout: string; readonly stderr: string },
  pattern: RegExp,
  timeoutSeconds: number,
): Promise<void> {
  await waitUntil(
    { what: String(pattern), timeoutSeconds, everyMilliseconds: 20 },
    () => pattern.test(said.stdout + said.stderr) || undefined,
    () => `; it said:\n${said.stdout}${said.stderr}`,
  );
}

/** Starts the built command line: `cli`, else what DEXTRE_CLI names, else dist/dextre.js. */
export function runDextre(
  args: readonly string[],
  options: ProgramOptions & { readonly cli?: string },
): RunningProgram {
  const cli = options.cli ?? process.env.DEXTRE_CLI ?? join(workTree(), "dist", "dextre.js");
  if (!existsSync(cli)) throw new Error(`There is no ${cli}: run "npm run build" first.`);
  return runProgram(process.execPath, [cli, ...args], options);
}
