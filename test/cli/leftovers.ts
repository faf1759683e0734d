import { existsSync, readdirSync, readFileSync } from "node:fs";

export interface Leftovers {
  readonly files: readonly string[];
  /** Ids of processes, wherever they hang. */
  readonly processes: readonly string[];
}

/** What a program has left that was started with this as its TMPDIR, its children included. */
export const leftoversOf = (temporary: string): Leftovers => ({
  files: readdirSync(temporary),
  processes: processesWith(temporary),
});

export const NOTHING: Leftovers = { files: [], processes: [] };

/** Processes whose environment has this text. None can be seen where there is no /proc. */
function processesWith(text: string): readonly string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, "utf8").includes(text);
    } catch {
      return false; // it has ended meanwhile
    }
  });
}
