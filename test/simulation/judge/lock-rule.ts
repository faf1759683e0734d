import type { Lease } from "#world/kubernetes/node-types.ts";
import type { LoggedRequest, WorldChange, WorldRequest } from "#world/world.ts";
import type { Court, Rule, Suspect } from "./court.ts";
import { writeOf } from "./requests.ts";

/** Nobody may take the lock sooner after its last renewal, however fast his clock, ms. */
const SOONEST_TAKEN = 40_000;

/** I8: what is sent is sent while the lease is the sender's and has not run out; and nobody takes it from one who lives. */
export class LockRule implements Rule {
  readonly #court: Court;
  #lease: Lease | undefined;
  #writtenAt = 0;
  /** From whom the lock was last taken by another, and how long after its renewal, ms. */
  #taken: { readonly pid: string; readonly after: number } | null = null;

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural !== "leases" || change.object.metadata.name !== "dextre") return;
    // Deleted by a person: its holder cannot know before the next renewal, and nobody else has it.
    if (change.type === "DELETED") return;
    const before = pidOf(this.#lease);
    this.#lease = change.object as Lease;
    const now = pidOf(this.#lease);
    if (before !== "" && now !== "" && now !== before)
      this.#taken = { pid: before, after: change.time - this.#writtenAt };
    this.#writtenAt = change.time;
  }

  /** Whoever would renew a lock that he has lost is alive. */
  applied({ name, pid }: Suspect, { request }: LoggedRequest): void {
    const taken = this.#taken;
    if (taken?.pid !== String(pid) || taken.after >= SOONEST_TAKEN || request.kind !== "kubernetes") return;
    // It arrives late: who sent it is no more.
    if (this.#court.isOver(name)) return;
    if (request.request.method !== "PUT" || this.#court.isDuplicate(request.request)) return;
    if (pidOf(request.request.body as Pick<Lease, "spec">) !== taken.pid) return;
    this.#taken = null;
    this.#court.report("I8", `the lock was taken from ${name} ${taken.after / 1000} s after its renewal`);
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

/** "" where nobody holds it. */
const pidOf = (lease: Pick<Lease, "spec"> | undefined): string =>
  lease?.spec?.holderIdentity?.split("/")[1] ?? "";
