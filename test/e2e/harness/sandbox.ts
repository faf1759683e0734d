import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProgramEnd, type RunningProgram, runDextre, runProgram } from "./run-program.ts";

/** `dextre sandbox` in a process of its own, and programs that use it as a second terminal does. */
export interface Sandbox {
  /** What its export lines say. */
  readonly environment: Readonly<Record<string, string>>;
  readonly program: RunningProgram;
  /** Starts a program with the sandbox's environment in a folder of its own. */
  start(file: string, args: readonly string[], input?: string): RunningProgram;
  /** Runs a program to its end. */
  run(file: string, args: readonly string[], input?: string): Promise<ProgramEnd>;
  /** As Ctrl-C does. */
  interrupt(): Promise<ProgramEnd>;
  /** A file in the folder in which programs run. */
  write(name: string, text: string): string;
  close(): Promise<void>;
}

/** Starts it and waits until it can be used. */
export async function startSandbox(args: readonly string[] = []): Promise<Sandbox> {
  const folder = mkdtempSync(join(tmpdir(), "dextre-e2e-sandbox-"));
  const program = runDextre(["sandbox", ...args], { folder });
  const close = async (): Promise<void> => {
    program.kill("SIGINT");
    await program.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await program.says(/^unset .*\n/m, 30);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const exports = [...program.stdout().matchAll(/^export (\w+)=(\S+)$/gm)];
  const environment = {
    HOME: folder,
    ...Object.fromEntries(exports.map(([, name = "", value = ""]) => [name, value])),
  };
  const start = (file: string, given: readonly string[], input?: string): RunningProgram =>
    runProgram(file, given, { environment, folder, ...(input === undefined ? {} : { input }) });
  const interrupt = (): Promise<ProgramEnd> => {
    program.kill("SIGINT");
    return program.ended;
  };
  return {
    environment,
    program,
    start,
    run: (file, given, input) => start(file, given, input).ended,
    interrupt,
    write(name, text) {
      const file = join(folder, name);
      writeFileSync(file, text);
      return file;
    },
    close,
  };
}
