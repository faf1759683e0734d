import type { HeldLock } from "#executor/held-lock.ts";
import { acquireLock, type Refusal } from "#executor/lock.ts";
import { readUnfinishedRuns, type UnfinishedRun } from "#executor/lock-annotations.ts";
import type { LockOptions } from "#executor/lock-options.ts";
import { FIXED_TIME } from "#test/builders/fixed.ts";
import { MemoryLeases } from "#test/builders/memory-leases.ts";
import { VirtualTime } from "#test/builders/virtual-time.ts";

export const NEVER = new AbortController().signal;

/** Who asks for the lock; what is left out is the same for all. */
export interface Who {
  readonly machine?: string;
  readonly nonce?: string;
  readonly run?: string;
  readonly host?: string;
  readonly pid?: number;
  readonly digest?: string;
  readonly nodes?: readonly string[];
  readonly alive?: (pid: number) => boolean | null;
  readonly isOver?: (run: string) => boolean;
  readonly purpose?: "apply" | "abort";
  readonly wallOffset?: number;
  readonly stop?: AbortSignal;
}

/** Leases and virtual time, for processes that want the lock. */
export class Universe {
  readonly time = new VirtualTime();
  readonly leases = new MemoryLeases();
  readonly notices: string[] = [];

  options(who: Who = {}): LockOptions {
    const { run = "run-1", host = "ci-1", pid = 100, digest = `sha256:${run}`, nodes = ["node-1"] } = who;
    const self: UnfinishedRun = {
      run,
      name: "roll",
      digest,
      host,
      path: `/state/${run}`,
      startedAt: FIXED_TIME,
      scope: { nodes, groups: [], pods: [], podNodes: [] },
    };
    return {
      leases: this.leases,
      clock: this.time.clock(who.wallOffset),
      host: {
        name: host,
        pid,
        machine: who.machine ?? host,
        nonce: who.nonce ?? String(pid),
        isProcessAlive: who.alive ?? (() => null),
      },
      self,
      purpose: who.purpose ?? "apply",
      isOver: who.isOver ?? (() => false),
      stop: who.stop ?? NEVER,
      notice: (reason) => this.notices.push(reason.message),
    };
  }

  acquire(who: Who = {}): Promise<HeldLock | Refusal> {
    return this.time.until(acquireLock(this.options(who)));
  }

  /** A lock that is held and has its run named. */
  async hold(who: Who = {}): Promise<HeldLock> {
    const lock = await this.acquire(who);
    if (lock.kind !== "held") throw new Error(`refused: ${lock.message}`);
    await this.time.until(lock.announce(NEVER));
    return lock;
  }

  /** A process that took the lock and was killed: nothing of it happens any more. */
  async leaveBehind(who: Who = {}): Promise<void> {
    await (await this.hold(who)).release(false);
    const { run = "run-1", host = "ci-1", pid = 100 } = who;
    this.leases.edit({ holder: `${host}/${pid}/${run}/${host}.${pid}` });
  }

  named(): readonly string[] {
    return readUnfinishedRuns(this.leases.lease?.annotations ?? {}).map((run) => run.run);
  }
}

export const begin = (): Universe => new Universe();
