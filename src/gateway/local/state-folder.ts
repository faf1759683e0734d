import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/** Where run folders are unless --state-dir says otherwise. A relative XDG_STATE_HOME does not count. Source: XDG base directories. */
export function defaultStateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment.XDG_STATE_HOME;
  return base !== undefined && isAbsolute(base)
    ? join(base, "dextre")
    : join(homedir(), ".local", "state", "dextre");
}
