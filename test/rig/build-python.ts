import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cachedBuild, hashOf, runBuild, type Say } from "./cached-build.ts";
import { rigAsset } from "./paths.ts";
import { RigError } from "./rig-error.ts";

/**
 * The Python interpreter of an environment that has the AWS endpoint's packages.
 * @throws RigError where the packages cannot be installed
 */
export async function pythonWithMoto(interpreter: Interpreter, cache: string, say: Say): Promise<string> {
  const requirements = rigAsset("fleet", "requirements.txt");
  const text = readFileSync(requirements, "utf8");
  const moto = /^moto.*==(\S+)/m.exec(text)?.[1] ?? "unknown";
  const name = `python-${interpreter.version}-moto-${moto}-${hashOf([text, interpreter.path], [])}`;
  const folder = await cachedBuild(cache, name, async (temporary) => {
    say(`making ${name} once (log: ${join(temporary, "build.log")})`);
    await makeEnvironment(temporary, interpreter.path, requirements);
  });
  return join(folder, "bin", "python");
}

async function makeEnvironment(folder: string, interpreter: string, requirements: string): Promise<void> {
  const log = join(folder, "build.log");
  const run = (file: string, args: readonly string[]) =>
    runBuild({ file, args, folder, log, environment: {} });
  await run(interpreter, ["-m", "venv", folder]);
  await run(join(folder, "bin", "python"), [
    "-m",
    "pip",
    "install",
    "--disable-pip-version-check",
    "-r",
    requirements,
  ]);
}

/** A Python on this machine: path of the program and version, "3.11.7". */
export interface Interpreter {
  readonly path: string;
  readonly version: string;
}

/** The machine's python3. @throws RigError where it, or its venv, is missing or too old */
export function systemPython(): Interpreter {
  const script =
    "import sys, venv, ensurepip; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])";
  const answer = spawnSync("python3", ["-c", script], { encoding: "utf8" });
  if (answer.error) {
    throw new RigError("The rig needs Python 3.10 or newer with venv: install python3 and python3-venv.");
  }
  const [path, version] = answer.stdout.trim().split("\n");
  if (answer.status !== 0 || path === undefined || version === undefined) {
    throw new RigError("The rig needs Python's venv and ensurepip modules: install python3-venv.");
  }
  if (Number(version.split(".")[0]) < 3 || Number(version.split(".")[1]) < 10) {
    throw new RigError(`The rig needs Python 3.10 or newer, python3 is ${version}: install a newer one.`);
  }
  return { path, version };
}
