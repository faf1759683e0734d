import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private folder for credentials that live no longer than the process: gone with it at the latest. */
export class PrivateFolder {
  readonly path: string;
  readonly #remove = (): void => rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });

  /** "dextre-demo-": what its name begins with. */
  constructor(prefix: string) {
    this.path = mkdtempSync(join(tmpdir(), prefix));
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
