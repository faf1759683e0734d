import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { JournalError } from "../ports.ts";

/*
 * Files that decide what happens to a cluster: nobody but us may have had a hand in them. Folders
 * are 0700, files 0600; links, other owners and what others may write to are refused.
 */

const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Not known on every system; there the checks by lstat remain. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;

/** Makes a folder, durable, unless it is there. Either way it is ours alone, or JournalError. */
export function ensurePrivateFolder(path: string): void {
  const made = refuseOnError(path, () => makeFolders(path));
  checkPrivateFolder(path);
  if (made === undefined) return;
  for (let folder = path; folder !== dirname(made); folder = dirname(folder)) syncFolder(dirname(folder));
}

/**
 * The first of the folders that had to be made; undefined: none. Node's own `recursive` never ends
 * where the system says of a folder that is there that it is not, as below /proc.
 */
function makeFolders(path: string): string | undefined {
  const first = makeFolder(path);
  if (first !== "no parent") return first === "made" ? path : undefined;
  const parent = makeFolders(dirname(path));
  if (makeFolder(path) === "no parent") throw new Error("no folder can be made there");
  return parent ?? path;
}

function makeFolder(path: string): "made" | "there" | "no parent" {
  try {
    mkdirSync(path, { mode: 0o700 });
    return "made";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "EEXIST") return "there";
    if (code === "ENOENT" && dirname(path) !== path) return "no parent";
    throw error;
  }
}

/** @throws JournalError E-STATE-DIR where the folder is not there or not ours alone. */
export function checkPrivateFolder(path: string): void {
  const stats = refuseOnError(path, () => lstatSync(path));
  if (!stats.isDirectory()) throw refusal(path, "it is not a folder (a link is not followed)");
  checkOwner(path, stats);
}

/** The bytes of a file that is ours alone; undefined where there is none. */
export function readPrivateFile(path: string): Uint8Array | undefined {
  const descriptor = openPrivate(path, O_RDONLY);
  if (descriptor === undefined) return undefined;
  try {
    return refuseOnError(path, () => readFileSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** Opens a file that is ours alone for reading and appending; undefined where there is none. */
export function openPrivateForAppend(path: string): number | undefined {
  return openPrivate(path, O_RDWR | O_APPEND);
}

/** Makes an empty file and opens it for appending. Its name is durable when this returns. */
export function createPrivateForAppend(path: string): number {
  const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
  const descriptor = refuseOnError(path, () => openSync(path, flags, 0o600));
  syncFolder(dirname(path));
  return descriptor;
}

/** Writes a whole file under another name, syncs it, and gives it its name: all or nothing. */
export function writePrivateFile(path: string, text: string): void {
  const draft = `${path}.draft`;
  refuseOnError(path, () => {
    const descriptor = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
      renameSync(draft, path);
    } catch (error) {
      unlinkSync(draft);
      throw error;
    } finally {
      closeSync(descriptor);
    }
  });
  syncFolder(dirname(path));
}

function openPrivate(path: string, flags: number): number | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, flags | O_NOFOLLOW);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw refusal(path, error instanceof Error ? error.message : String(error));
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw refusal(path, "it is not a plain file");
    checkOwner(path, stats);
    return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function checkOwner(path: string, stats: Stats): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  if (stats.uid !== user) throw refusal(path, "it belongs to another user");
  if ((stats.mode & 0o022) !== 0) throw refusal(path, "others may write to it: chmod go-w");
}

function syncFolder(path: string): void {
  refuseOnError(path, () => {
    const descriptor = openSync(path, O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  });
}

function refuseOnError<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw refusal(path, error instanceof Error ? error.message : String(error));
  }
}

function refusal(path: string, cause: string): JournalError {
  return new JournalError(`${path} cannot be used: ${cause}`, "E-STATE-DIR");
}
