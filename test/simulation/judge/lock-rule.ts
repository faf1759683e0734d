import type { RunEnd } from "#model/run.ts";
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
  /** The lease that names runs; undefined where there is none. */
  #names: Named;
  /** Runs of which a record could not be synced: it can be read and may be lost with the power. */
  readonly #doubtful = new Set<string>();
  /** Runs that the last write named no more. */
  #dropped: readonly string[] = [];
  /** From whom the lock was last taken by another, and how long after its renewal, ms. */
  #taken: { readonly pid: string; readonly after: number } | null = null;

  constructor(court: Court) {
    this.#court = court;
  }

  changed(change: WorldChange): void {
    if (change.plural !== "leases" || change.object.metadata.name !== "dextre") return;
    // Deleted by a person: its holder cannot know before the next renewal, and nobody else has it.
    if (change.type === "DELETED") {
      this.#names = undefined;
      return;
    }
    const before = pidOf(this.#lease);
    this.#dropped = droppedRuns(this.#names, change.object);
    this.#names = change.object;
    this.#lease = change.object as Lease;
    const now = pidOf(this.#lease);
    if (before !== "" && now !== "" && now !== before)
      this.#taken = { pid: before, after: change.time - this.#writtenAt };
    this.#writtenAt = change.time;
  }

  /** Whoever would renew a lock that he has lost is alive. */
  applied(suspect: Suspect, { request }: LoggedRequest): void {
    this.#judgeDropped(suspect);
    const { name, pid } = suspect;
    const taken = this.#taken;
    if (taken?.pid !== String(pid) || taken.after >= SOONEST_TAKEN || request.kind !== "kubernetes") return;
    // It arrives late: who sent it is no more.
    if (this.#court.isOver(name)) return;
    if (request.request.method !== "PUT" || this.#court.isDuplicate(request.request)) return;
    if (pidOf(request.request.body as Pick<Lease, "spec">) !== taken.pid) return;
    this.#taken = null;
    this.#court.report("I8", `the lock was taken from ${name} ${taken.after / 1000} s after its renewal`);
  }

  /** What is unfinished stays named, or others begin where it left off. */
  #judgeDropped({ name, plan, journal }: Suspect): void {
    const dropped = this.#dropped;
    this.#dropped = [];
    // An abort of a run whose journal is on another machine.
    if (!plan && !journal) return;
    for (const run of dropped) {
      const known = this.#court.journals.get(run);
      if (!known || known.isFinished || known.isClosed || this.#court.isGone(run)) continue;
      if (this.#doubtful.has(run)) continue;
      this.#court.report("I8", `${name} drops ${run} from the lock, which is not over`);
    }
  }

  ended({ journal }: Suspect, end: RunEnd): void {
    if (journal && end.code === "E-JOURNAL-WRITE") this.#doubtful.add(journal.run);
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

type Named = { readonly metadata: Lease["metadata"] } | undefined;

/** The runs that it names, as text and one by one. */
const namesIn = (lease: Named): string => lease?.metadata.annotations?.["dextre.dev/runs"] ?? "[]";
const runsOf = (lease: Named): readonly string[] =>
  (JSON.parse(namesIn(lease)) as readonly { readonly run: string }[]).map(({ run }) => run);

function droppedRuns(before: Named, now: Named): readonly string[] {
  if (namesIn(before) === namesIn(now)) return [];
  const named = runsOf(now);
  return runsOf(before).filter((run) => !named.includes(run));
}
