import type { Lease } from "#world/kubernetes/node-types.ts";
import type { WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { writeOf } from "./requests.ts";

/** I8: what is sent is sent while the lease is the sender's and has not run out. */
export class LockRule implements Rule {
  readonly #court: Court;
  #lease: Lease | undefined;
  #writtenAt = 0;

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural !== "leases" || change.object.metadata.name !== "dextre") return;
    // Deleted by a person: its holder cannot know before the next renewal, and nobody else has it.
    if (change.type === "DELETED") return;
    this.#lease = change.object as Lease;
    this.#writtenAt = change.time;
  }

  sent(suspect: Suspect, request: WorldRequest): void {
    if (!writeOf(request)) return;
    const holder = this.#lease?.spec?.holderIdentity ?? "";
    const what = `${suspect.name} sends a ${writeOf(request)?.kind}`;
    if (holder.split("/")[1] !== String(suspect.pid)) {
      this.#court.report("I8", `${what} while the lock is held by "${holder}"`);
      return;
    }
    const seconds = (this.#court.world.now - this.#writtenAt) / 1000;
    const lasts = this.#lease?.spec?.leaseDurationSeconds ?? 0;
    if (seconds > lasts)
      this.#court.report("I8", `${what} ${seconds} s after the last renewal of a lease of ${lasts} s`);
  }
}
