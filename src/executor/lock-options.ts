import type { Clock, Host, LeasePort } from "#gateway/ports.ts";
import type { WaitReason } from "#model/run.ts";
import type { UnfinishedRun } from "./lock-annotations.ts";

export interface LockOptions {
  readonly leases: LeasePort;
  readonly clock: Clock;
  readonly host: Host;
  readonly self: UnfinishedRun;
  /** "apply": an unfinished run that shares objects with this one refuses. "abort": it does not. */
  readonly purpose: "apply" | "abort";
  /** The run has sent something before, so the lock has named it ever since, unless somebody closed it. */
  readonly wasNamed?: boolean;
  /**
   * Does this machine's journal say that the run has ended? Such a run is forgotten: its process
   * died between its last record and giving the lease back.
   */
  readonly isOver: (run: string) => boolean;
  readonly stop: AbortSignal;
  readonly notice: (reason: WaitReason) => void;
}
