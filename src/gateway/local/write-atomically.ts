import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/**
 * Writes a document whole or not at all: whoever reads the path sees the old file or the new one. A
 * link is followed, an existing file keeps its mode; a pipe or device is written to as it is.
 * @throws the system's error, with path and cause
 */
export function writeAtomically(path: string, text: string): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing && !existing.isFile()) {
    writeFileSync(path, text);
    return;
  }
  replaceFile(existing ? realpathSync(path) : path, text, existing);
}

function replaceFile(path: string, text: string, existing: Stats | undefined): void {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const descriptor = openSync(draft, "wx", 0o666);
  try {
    if (existing) fchmodSync(descriptor, existing.mode & 0o777);
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
    renameSync(draft, path);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  } finally {
    closeSync(descriptor);
  }
}
