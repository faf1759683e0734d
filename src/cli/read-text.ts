import type { Code } from "#model/codes.ts";
import { EXIT } from "#model/exit-codes.ts";
import { fail } from "./failure.ts";
import type { Terminal } from "./terminal.ts";

const LARGEST_BYTES = 256 * 1024 * 1024;

/** A document from a file, or from standard input where the path is "-". @throws CommandFailure 65 */
export async function readText(path: string, code: Code, terminal: Terminal): Promise<string> {
  if (path === "-") return terminal.readStdin();
  const { readFileSync } = await import("node:fs");
  try {
    const bytes = readFileSync(path);
    if (bytes.length > LARGEST_BYTES) fail(EXIT.invalid, code, `${path} is larger than 256 MiB`);
    return bytes.toString("utf8");
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    const help = code === "E-PLAN-READ" && RUN_ID.test(path) ? RUN_ID_HELP : undefined;
    fail(EXIT.invalid, code, `${path} cannot be read: ${reasonOf(String(error.code))}`, help);
  }
}

const RUN_ID = /^[0-9a-z]{26}$/;
const RUN_ID_HELP = "this is the id of a run; give its plan file, which dextre status names";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EIO: "its terminal or disk is gone",
  EPIPE: "nobody reads it any more",
  ENOSPC: "the disk is full",
  EROFS: "the disk may only be read",
};

/** A system error's code in words. */
export const reasonOf = (code: string): string => REASONS[code] ?? code;

/** How a document is called in messages. */
export const nameOfDocument = (path: string): string => (path === "-" ? "standard input" : path);
