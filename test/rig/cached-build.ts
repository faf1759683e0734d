import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { lastLines } from "./processes.ts";
import { RigError } from "./rig-error.ts";

/** Says what the rig is doing, to people. */
export type Say = (line: string) => void;

/**
 * A folder of the cache named by what went into it. It is filled under a temporary name and renamed
 * when complete, so a cut-off or a simultaneous build never leaves half a folder under its name.
 * @returns the folder's path
 */
export async function cachedBuild(
  root: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  const temporary = mkdtempSync(join(root, `.${name}-`));
  await fill(temporary);
  try {
    renameSync(temporary, folder);
  } catch (thrown) {
    // somebody else's build of the same inputs was first: theirs is as good
    if (!existsSync(folder)) throw thrown;
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** Twelve hexadecimal digits over texts and the files below folders, by name and content. */
export function hashOf(texts: readonly string[], paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  for (const path of paths) {
    for (const file of filesBelow(path))
      hash.update(`${file.slice(path.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex").slice(0, 12);
}

function filesBelow(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Runs a build command with its output in a log. @throws RigError with the log's last lines where it fails */
export async function runBuild(build: {
  readonly file: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly log: string;
  readonly environment: Readonly<Record<string, string>>;
}): Promise<void> {
  const output = openSync(build.log, "a");
  const child = spawn(build.file, [...build.args], {
    cwd: build.folder,
    env: { ...process.env, ...build.environment },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const command = `${build.file} ${build.args.slice(0, 3).join(" ")}`;
  if (code !== 0) throw new RigError(`"${command} …" failed:\n${lastLines(build.log)}\n(${build.log})`);
}
