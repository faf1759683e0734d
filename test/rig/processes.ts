import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RigError } from "./rig-error.ts";
import { waitUntil } from "./wait-until.ts";

/** A process that the rig started. `startedAt` tells it from a later process with the same pid. */
export interface RigProcess {
  readonly name: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly log: string;
}

export interface ProcessCommand {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Starts a process that outlives us, its output in `folder`/log/NAME.log.
 * @throws RigError where the program cannot be started
 */
export function startProcess(folder: string, command: ProcessCommand): RigProcess {
  const log = join(folder, "log", `${command.name}.log`);
  const output = openSync(log, "a", 0o600);
  const child = spawn(command.file, [...command.args], {
    cwd: folder,
    detached: true,
    env: { ...command.environment },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  child.on("error", () => undefined);
  child.unref();
  if (child.pid === undefined)
    throw new RigError(`${command.name} could not be started from ${command.file}`);
  return { name: command.name, pid: child.pid, startedAt: startTimeOf(child.pid) ?? "", log };
}

/** When the process with this pid was started, in the system's own terms; undefined where none runs. */
export function startTimeOf(pid: number): string | undefined {
  if (!existsSync("/proc/self/stat")) {
    const answer = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
    return answer.stdout.trim() || undefined;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" || fields[0] === "X" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs; a stranger that was given its pid later does not count. */
export function isRunning(started: RigProcess): boolean {
  return startTimeOf(started.pid) === started.startedAt;
}

/** Ends exactly these processes: TERM to all, three seconds, KILL to the rest. */
export async function stopProcesses(started: readonly RigProcess[]): Promise<void> {
  for (const one of started) signal(one, "SIGTERM");
  const gone = () => (started.some(isRunning) ? undefined : true);
  await waitUntil({ what: "the end of the rig", timeoutSeconds: 3, everyMilliseconds: 50 }, gone).catch(
    () => {
      for (const one of started) signal(one, "SIGKILL");
    },
  );
  await waitUntil({ what: "the end of the killed rig", timeoutSeconds: 60, everyMilliseconds: 50 }, gone);
}

function signal(started: RigProcess, name: "SIGTERM" | "SIGKILL"): void {
  if (!isRunning(started)) return;
  try {
    process.kill(started.pid, name);
  } catch (thrown) {
    // ended between the look and the signal
    if (isRunning(started)) throw thrown;
  }
}

/** @throws RigError naming the first process that has ended, with the last lines of its log */
export function assertAllRun(started: readonly RigProcess[]): void {
  const ended = started.find((one) => !isRunning(one));
  if (ended) throw new RigError(`${ended.name} ended by itself:\n${lastLines(ended.log)}\n(${ended.log})`);
}

/** The last lines of a log, indented; a hint where there are none. */
export function lastLines(file: string, count = 12): string {
  const text = existsSync(file) ? readFileSync(file, "utf8").trimEnd() : "";
  if (text === "") return "  (its log is empty)";
  const lines = text.split("\n").slice(-count);
  return lines.map((line) => `  ${line.slice(0, 400)}`).join("\n");
}
