import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { JournalError } from "../ports.ts";

/**
 * Where run folders are unless --state-dir says otherwise. A relative XDG_STATE_HOME does not count.
 * @throws JournalError E-STATE-DIR where there is no home either. Source: XDG base directories.
 */
export function defaultStateFolder(
  environment: Readonly<Record<string, string | undefined>>,
  home: () => string = homedir,
): string {
  const base = environment.XDG_STATE_HOME;
  if (base !== undefined && isAbsolute(base)) return join(base, "dextre");
  const folder = homeOrNone(home);
  if (isAbsolute(folder)) return join(folder, ".local", "state", "dextre");
  const text = "no home folder is known to keep runs in; set HOME or XDG_STATE_HOME, or give --state-dir";
  throw new JournalError(text, "E-STATE-DIR");
}

/** A user that the system has no entry for has no home, which Node throws for. */
function homeOrNone(home: () => string): string {
  try {
    return home();
  } catch {
    return "";
  }
}
