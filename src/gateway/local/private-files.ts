import { constants } from "node:fs";
import { dirname } from "node:path";
import { JournalError } from "../ports.ts";
import { type FileFacts, type Files, SYSTEM_FILES, writeAll } from "./files.ts";

const { O_RDONLY, O_RDWR, O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = constants;
/** Not known on every system; there the checks by lstat remain. */
const O_NOFOLLOW = constants.O_NOFOLLOW ?? 0;
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * Files that decide what happens to a cluster: nobody but us may have had a hand in them. Folders
 * are 0700, files 0600; links, other owners and what others may write to are refused.
 */
export class PrivateFiles {
  readonly #files: Files;

  constructor(files: Files = SYSTEM_FILES) {
    this.#files = files;
  }

  /** Makes a folder, durable, unless it is there. Either way it is ours alone, or JournalError. */
  ensureFolder(path: string): void {
    const made = refuseOnError(path, () => this.#makeFolders(path));
    this.checkFolder(path);
    if (made === undefined) return;
    for (let folder = path; folder !== dirname(made); folder = dirname(folder))
      this.#syncFolder(dirname(folder));
  }

  /** @throws JournalError E-STATE-DIR where the folder is not there or not ours alone. */
  checkFolder(path: string): void {
    const facts = refuseOnError(path, () => this.#files.factsOf(path));
    if (!facts.isDirectory()) throw refusal(path, "it is not a folder (a link is not followed)");
    checkOwner(path, facts);
  }

  /** The bytes of a file that is ours alone; undefined where there is none. */
  read(path: string): Uint8Array | undefined {
    const descriptor = this.#open(path, O_RDONLY);
    if (descriptor === undefined) return undefined;
    try {
      return refuseOnError(path, () => this.#files.read(descriptor));
    } finally {
      this.#files.close(descriptor);
    }
  }

  /** Opens a file that is ours alone for reading and appending; undefined where there is none. */
  openForAppend(path: string): number | undefined {
    return this.#open(path, O_RDWR | O_APPEND);
  }

  /** Makes an empty file and opens it for appending. Its name is durable when this returns. */
  createForAppend(path: string): number {
    const flags = O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW;
    const descriptor = refuseOnError(path, () => this.#files.open(path, flags, FILE_MODE));
    this.#syncFolder(dirname(path));
    return descriptor;
  }

  /** Writes a whole file under another name, syncs it, and gives it its name: all or nothing. */
  write(path: string, text: string): void {
    const draft = `${path}.draft`;
    refuseOnError(path, () => {
      const descriptor = this.#files.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE);
      try {
        writeAll(this.#files, descriptor, text);
        this.#files.sync(descriptor);
        this.#files.rename(draft, path);
      } catch (error) {
        this.#files.unlink(draft);
        throw error;
      } finally {
        this.#files.close(descriptor);
      }
    });
    this.#syncFolder(dirname(path));
  }

  /**
   * The first of the folders that had to be made; undefined: none. Node's own `recursive` never ends
   * where the system says of a folder that is there that it is not, as below /proc.
   */
  #makeFolders(path: string): string | undefined {
    const first = this.#makeFolder(path);
    if (first !== "no parent") return first === "made" ? path : undefined;
    const parent = this.#makeFolders(dirname(path));
    if (this.#makeFolder(path) === "no parent") throw new Error("no folder can be made there");
    return parent ?? path;
  }

  #makeFolder(path: string): "made" | "there" | "no parent" {
    try {
      this.#files.makeFolder(path, FOLDER_MODE);
      return "made";
    } catch (error) {
      const code = codeOf(error);
      if (code === "EEXIST") return "there";
      if (code === "ENOENT" && dirname(path) !== path) return "no parent";
      throw error;
    }
  }

  #open(path: string, flags: number): number | undefined {
    let descriptor: number;
    try {
      descriptor = this.#files.open(path, flags | O_NOFOLLOW, FILE_MODE);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      throw refusal(path, messageOf(error));
    }
    try {
      const facts = this.#files.facts(descriptor);
      if (!facts.isFile()) throw refusal(path, "it is not a plain file");
      checkOwner(path, facts);
      return descriptor;
    } catch (error) {
      this.#files.close(descriptor);
      throw error;
    }
  }

  #syncFolder(path: string): void {
    refuseOnError(path, () => {
      const descriptor = this.#files.open(path, O_RDONLY, FILE_MODE);
      try {
        this.#files.sync(descriptor);
      } finally {
        this.#files.close(descriptor);
      }
    });
  }
}

function checkOwner(path: string, facts: FileFacts): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  if (facts.uid !== user) throw refusal(path, "it belongs to another user");
  if ((facts.mode & 0o022) !== 0) throw refusal(path, "others may write to it: chmod go-w");
}

function refuseOnError<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw refusal(path, messageOf(error));
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : "");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function refusal(path: string, cause: string): JournalError {
  return new JournalError(`${path} cannot be used: ${cause}`, "E-STATE-DIR");
}
