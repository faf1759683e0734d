import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A private folder for the kubeconfig, gone with the process at the latest: its token is worth nothing after that. */
export class SandboxFolder {
  readonly #path = mkdtempSync(join(tmpdir(), "dextre-sandbox-"));
  readonly #remove = (): void => rmSync(this.#path, { recursive: true, force: true });

  constructor() {
    process.on("exit", this.#remove);
  }

  /** Gives its path. */
  write(name: string, text: string): string {
    const file = join(this.#path, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  }

  remove(): void {
    process.off("exit", this.#remove);
    this.#remove();
  }
}
