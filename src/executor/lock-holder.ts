import type { LockOptions } from "./lock-options.ts";

/** Who holds the lease, as its holder identity says; fields are "" where nobody does. */
export interface Holder {
  readonly host: string;
  readonly pid: string;
  readonly run: string;
  readonly machine: string;
}

/** "HOST/PID/RUN/MACHINE.NONCE": no two processes ever have the same. */
export function holderOf({ host, self }: LockOptions): string {
  return `${host.name}/${host.pid}/${self.run}/${host.machine}.${host.nonce}`;
}

export function readHolder(text: string): Holder {
  const [host = "", pid = "", run = "", mark = ""] = text.split("/");
  return { host, pid, run, machine: mark.split(".")[0] ?? "" };
}
