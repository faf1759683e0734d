import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";

export interface FileFacts {
  readonly size: number;
  readonly uid: number;
  readonly mode: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * The calls of the file system that run folders make, as the system has them: synchronous, with
 * descriptors, errors thrown with a `code`. A disk that fails or lies can stand in for it.
 */
export interface Files {
  /** Flags as in node:fs constants. */
  open(path: string, flags: number, mode: number): number;
  close(descriptor: number): void;
  facts(descriptor: number): FileFacts;
  /** Of the path itself: a link is not followed. */
  factsOf(path: string): FileFacts;
  read(descriptor: number): Uint8Array;
  /** Returns how many bytes it wrote: possibly fewer than asked. */
  write(descriptor: number, bytes: Uint8Array): number;
  truncate(descriptor: number, size: number): void;
  /** Of a file or a folder: durable when it returns. */
  sync(descriptor: number): void;
  /** As `sync`, for a file whose other facts may wait. */
  syncData(descriptor: number): void;
  makeFolder(path: string, mode: number): void;
  namesIn(path: string): readonly string[];
  rename(from: string, to: string): void;
  unlink(path: string): void;
}

/** Writes all of it, in as many calls as that takes. Returns how many bytes it were. */
export function writeAll(files: Pick<Files, "write">, descriptor: number, text: string): number {
  const bytes: Uint8Array = Buffer.from(text, "utf8");
  let rest = bytes;
  while (rest.length > 0) {
    const written = files.write(descriptor, rest);
    if (written <= 0) throw new Error("the disk takes nothing more");
    rest = rest.subarray(written);
  }
  return bytes.length;
}

export const SYSTEM_FILES: Files = {
  open: openSync,
  close: closeSync,
  facts: (descriptor) => fstatSync(descriptor),
  factsOf: (path) => lstatSync(path),
  read: (descriptor) => readFileSync(descriptor),
  write: (descriptor, bytes) => writeSync(descriptor, bytes),
  truncate: ftruncateSync,
  sync: fsyncSync,
  syncData: fdatasyncSync,
  makeFolder: (path, mode) => mkdirSync(path, { mode }),
  namesIn: (path) => readdirSync(path),
  rename: renameSync,
  unlink: unlinkSync,
};
