import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One folder for all temporary files of a run of the unit tests, so that none outlives it. For vitest's globalSetup. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "dextre-tests-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
