import type { Clock, Host, LeasePort, RunStore, StoredRun } from "#gateway/ports.ts";
import type { WaitReason } from "#model/run.ts";
import { acquireLock } from "./lock.ts";
import { readUnfinishedRuns, type UnfinishedRun } from "./lock-annotations.ts";
import { readHolder } from "./lock-holder.ts";
import { scopeOf } from "./run-scope.ts";

export interface ForgetOptions {
  readonly leases: LeasePort;
  readonly store: RunStore;
  readonly clock: Clock;
  readonly host: Host;
  readonly clusterUid: string;
  readonly isOver: (run: string) => boolean;
  readonly stop: AbortSignal;
  readonly notice: (reason: WaitReason) => void;
}

/**
 * A run that ended without giving the lease back would be named in it for ever, or hold it until others
 * have watched it run out. Best effort: a live run of somebody else leaves it as it is.
 */
export async function forgetRun(stored: StoredRun, options: ForgetOptions): Promise<void> {
  const lease = await options.leases.read(options.stop);
  const isNamed = readUnfinishedRuns(lease?.annotations ?? {}).some((run) => run.run === stored.run);
  if (!isNamed && readHolder(lease?.holder ?? "").run !== stored.run) return;
  const self = describeStored(stored, options);
  const lock = await acquireLock({ ...options, self, purpose: "abort" });
  if (lock.kind === "held") await lock.release(true).catch(() => undefined);
}

/** A run of this machine as the lease names it. */
export function describeStored(
  stored: StoredRun,
  { host, store, clusterUid }: Pick<ForgetOptions, "host" | "store" | "clusterUid">,
): UnfinishedRun {
  return {
    run: stored.run,
    name: stored.plan.content.name,
    digest: stored.plan.digest,
    host: host.name,
    path: store.pathOf(clusterUid, stored.run),
    startedAt: stored.entries[0]?.at ?? "",
    scope: scopeOf(stored.plan.content),
  };
}
