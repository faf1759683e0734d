import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "#model/exit-codes.ts";
import { fail } from "./failure.ts";
import { reasonOf } from "./read-text.ts";

/** A private folder for credentials that live no longer than the process: gone with it at the latest. */
export class PrivateFolder {
  readonly path: string;
  readonly #remove = (): void => rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });

  /** "dextre-demo-": what its name begins with. @throws CommandFailure 3 where temporary files cannot be written */
  constructor(prefix: string) {
    this.path = makeFolder(prefix);
    process.on("exit", this.#remove);
  }

  /** Gives its path. */
  write(name: string, text: string): string {
    const file = join(this.path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  remove(): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}

function makeFolder(prefix: string): string {
  const parent = tmpdir();
  try {
    return mkdtempSync(join(parent, prefix));
  } catch (error) {
    if (!(error instanceof Error) || !("code" in error)) throw error;
    return fail(
      EXIT.refused,
      "E-OUTPUT-WRITE",
      `no folder can be made in ${parent}: ${reasonOf(String(error.code))}`,
      "Set TMPDIR to a folder that can be written, and run the command again.",
    );
  }
}
