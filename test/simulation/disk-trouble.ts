import { type DiskWatcher, systemError } from "./disk.ts";
import type { Weather } from "./weather.ts";

const KINDS = ["diskFull", "diskError", "tornWrite", "lostWrite"] as const;

export interface DiskTroubleOptions {
  readonly weather: Weather;
  readonly isDead: () => boolean;
  /** Kills the process; a number: and the power goes, that many bytes of the last write are kept. */
  readonly die: (keptBytes: number | null) => void;
  readonly onDurable: (path: string, text: string, offset: number) => void;
}

type Trouble = (typeof KINDS)[number] | null;

/** What goes wrong with the writes of one process. */
export class DiskTrouble implements DiskWatcher {
  readonly #options: DiskTroubleOptions;
  #trouble: Trouble = null;
  #hasTakenPart = false;

  constructor(options: DiskTroubleOptions) {
    this.#options = options;
  }

  isDead(): boolean {
    return this.#options.isDead();
  }

  onDurable(path: string, text: string, offset: number): void {
    this.#options.onDurable(path, text, offset);
  }

  onWrite(path: string, bytes: Uint8Array): number {
    const { weather } = this.#options;
    if (this.#trouble === null) {
      this.#trouble = (weather.draw(KINDS) as Trouble | undefined) ?? null;
      if (this.#trouble) weather.count(this.#trouble, path);
    }
    if (this.#trouble === null || this.#trouble === "lostWrite") return bytes.length;
    if (!this.#hasTakenPart && bytes.length > 1 && weather.random.between(0, 3) > 0) {
      this.#hasTakenPart = true;
      return weather.random.between(1, bytes.length - 1);
    }
    this.#hasTakenPart = false;
    switch (this.#trouble) {
      case "tornWrite":
        this.#options.die(null);
        throw systemError("EIO", "write", path);
      case "diskFull":
        throw systemError("ENOSPC", "write", path);
      case "diskError":
        if (weather.random.between(0, 1) === 0) throw systemError("EIO", "write", path);
        return bytes.length;
    }
  }

  onSync(path: string): void {
    if (this.#trouble === "diskError") throw systemError("EIO", "fdatasync", path);
    if (this.#trouble !== "lostWrite") return;
    this.#trouble = null;
    this.#options.die(this.#options.weather.random.between(0, 200));
    throw systemError("EIO", "fdatasync", path);
  }
}
