import { makeFileRunStore } from "#gateway/local/file-run-store.ts";
import type { RunStore } from "#gateway/ports.ts";
import { Disk, type DiskWatcher } from "./disk.ts";
import type { MachineClock } from "./faulty-clock.ts";

const STATE_FOLDER = "/state";

/** A machine: its disk and its clock outlive its processes. */
export class Machine {
  readonly disk = new Disk();
  readonly clock: MachineClock;

  /** Milliseconds of its clock in a true one. */
  constructor(clockRate: number) {
    this.clock = { rate: clockRate, step: 0 };
  }

  /** The run folders, as one process has them; without a watcher, as a person looks at them. */
  store(watcher?: DiskWatcher): RunStore {
    return makeFileRunStore(STATE_FOLDER, this.disk.files(watcher));
  }

  /** Every run folder is gone. */
  wipe(): void {
    this.disk.wipe(STATE_FOLDER);
  }
}
