import type { JournalEntry } from "#model/run.ts";
import type { RunScope } from "./run-scope.ts";

/** Annotation of the lease that names every unfinished run: expiry frees the lock, not the run. */
export const RUNS_ANNOTATION = "dextre.dev/runs";

/** An unfinished run, as other machines need to know it. */
export interface UnfinishedRun {
  readonly run: string;
  readonly name: string;
  readonly digest: string;
  readonly host: string;
  /** Run folder on that host. */
  readonly path: string;
  readonly startedAt: string;
  readonly scope: RunScope;
}

/** Tolerant of what others wrote: an entry that is not a run is left out. */
export function readUnfinishedRuns(annotations: Readonly<Record<string, string>>): readonly UnfinishedRun[] {
  const text = annotations[RUNS_ANNOTATION];
  if (text === undefined) return [];
  const parsed = parseJson(text);
  return Array.isArray(parsed) ? parsed.filter(isUnfinishedRun) : [];
}

/**
 * A run that has sent something was named before, and stays so until it ends: where these annotations
 * name it no more, an abort from another machine has closed it. A lease that was deleted tells nothing.
 */
export const isClosedElsewhere = (
  annotations: Readonly<Record<string, string>> | undefined,
  run: string,
): boolean =>
  annotations?.[RUNS_ANNOTATION] !== undefined &&
  !readUnfinishedRuns(annotations).some((named) => named.run === run);

/** Has the run sent anything, by its journal? */
export const hasSent = (entries: readonly JournalEntry[]): boolean =>
  entries.some(({ record }) => record.kind === "StepIntent");

export function writeUnfinishedRuns(
  annotations: Readonly<Record<string, string>>,
  runs: readonly UnfinishedRun[],
): Readonly<Record<string, string>> {
  return { ...annotations, [RUNS_ANNOTATION]: JSON.stringify(runs) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isUnfinishedRun(value: unknown): value is UnfinishedRun {
  if (typeof value !== "object" || value === null) return false;
  const run = value as Record<string, unknown>;
  const texts = ["run", "name", "digest", "host", "path", "startedAt"].every(
    (field) => typeof run[field] === "string",
  );
  return texts && isScope(run.scope);
}

function isScope(value: unknown): value is RunScope {
  if (typeof value !== "object" || value === null) return false;
  const scope = value as Record<string, unknown>;
  return ["nodes", "groups", "pods", "podNodes"].every((field) => {
    const list = scope[field];
    return Array.isArray(list) && list.every((name) => typeof name === "string");
  });
}
