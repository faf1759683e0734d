import type { Plan } from "#model/plan.ts";
import type { RunEnd, RunEvent } from "#model/run.ts";
import type { LoggedRequest, World, WorldChange, WorldRequest } from "#world/world.ts";
import type { JournalTruth } from "./journals.ts";

/** A process under judgement. */
export interface Suspect {
  /** Of its client. */
  readonly name: string;
  readonly pid: number;
  /** By the world's clock: what happened before, it can know. */
  readonly begunAt: number;
  /** null where it runs no plan of its own: an abort. */
  readonly plan: Plan | null;
  /** The journal it writes; null before its first record is durable. */
  journal: JournalTruth | null;
}

export interface Circumstances {
  /** So old may the view of a process be that follows as well as it can, ms. */
  readonly viewLagMs: number;
  /** For many minutes a process may hear nothing at all. */
  readonly mayBeDeaf?: boolean;
  /** False where clocks differ: what was Ready before a process began may be taken for older than it is. */
  readonly areClocksRight: boolean;
  /** Nodes come and go by dextre's doing alone. */
  readonly isCloudCalm: boolean;
}

/** What a rule may look at, and where it complains. */
export interface Court {
  readonly world: World;
  readonly circumstances: Circumstances;
  readonly journals: ReadonlyMap<string, JournalTruth>;
  /** Its files are lost, so that nothing can say any more what it was doing. */
  isGone(run: string): boolean;
  /** Has this client come to its end, or been killed? */
  isOver(client: string): boolean;
  suspect(client: string): Suspect | undefined;
  /** When somebody asked it to stop, as Ctrl-C does; undefined: nobody did. */
  stopAskedAt(client: string): number | undefined;
  /** When the newest process had its first view at the latest: its first record comes after that. */
  readonly newestViewAt: number;
  /** Was it the network that sent this? */
  isDuplicate(request: object): boolean;
  report(invariant: string, sentence: string): void;
}

/** What one request did to the pod that it is about. */
export interface Effect {
  /** UIDs of pods that began to terminate by it. */
  readonly turned: readonly string[];
}

/** One invariant or a few that look at the same things. Each is told of everything that it asks for. */
export interface Rule {
  /** A process sends a request: what it knows, it knows now. */
  sent?(suspect: Suspect, request: WorldRequest): void;
  /** The servers have applied a request of a process. */
  applied?(suspect: Suspect, logged: LoggedRequest, effect: Effect): void;
  changed?(change: WorldChange): void;
  told?(suspect: Suspect, event: RunEvent): void;
  /** It was stopped for a while, and nobody could have told it anything. */
  woke?(suspect: Suspect): void;
  ended?(suspect: Suspect, end: RunEnd): void;
  /** Nothing happens any more. */
  over?(): void;
}
