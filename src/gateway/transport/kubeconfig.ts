import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { isFields, readEntries } from "./kubeconfig-entries.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import type { Kubeconfig } from "./kubeconfig-types.ts";

export interface KubeconfigPlace {
  /** --kubeconfig: only this file. */
  readonly kubeconfig?: string | undefined;
  /** KUBECONFIG and HOME are looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const LARGEST_FILE_BYTES = 16 * 1024 * 1024;

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

/** undefined where there is no such file. */
function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    const why = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new KubeconfigError(
      "E-KUBECONFIG",
      `${file} cannot be read (${why})`,
      "Check its path and its rights.",
    );
  }
}

function toPlain(convert: () => unknown, file: string): unknown {
  try {
    return convert();
  } catch {
    throw new KubeconfigError("E-KUBECONFIG", `${file} uses YAML aliases`, "Write the values out.");
  }
}

/** Messages of the parser would quote the line, which may hold a token: only the place is told. */
function parse(content: string, file: string): Kubeconfig {
  const lines = new LineCounter();
  if (content.length > LARGEST_FILE_BYTES) {
    throw new KubeconfigError("E-KUBECONFIG", `${file} is larger than 16 MiB`, "Is it a kubeconfig?");
  }
  const document = parseDocument(content, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [fault] = document.errors;
  if (fault) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const message = `${file}:${line}:${col} is not valid YAML (${fault.code})`;
    throw new KubeconfigError("E-KUBECONFIG", message, "Mend the file, or name another with --kubeconfig.");
  }
  const value = toPlain(() => document.toJS({ maxAliasCount: 0 }), file);
  // An empty file is an empty kubeconfig, as for kubectl.
  if (value !== null && !isFields(value)) {
    throw new KubeconfigError("E-KUBECONFIG", `${file} is no kubeconfig`, "Name another with --kubeconfig.");
  }
  return readEntries(value ?? {}, file);
}

function firstWins<T>(one: ReadonlyMap<string, T>, other: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...other, ...one]);
}

/** The first definition of a name holds whole, and the first current-context. */
function merge(one: Kubeconfig, other: Kubeconfig): Kubeconfig {
  return {
    clusters: firstWins(one.clusters, other.clusters),
    users: firstWins(one.users, other.users),
    contexts: firstWins(one.contexts, other.contexts),
    currentContext: one.currentContext || other.currentContext,
    files: [...one.files, ...other.files],
  };
}

function candidates(place: KubeconfigPlace): readonly string[] {
  if (place.kubeconfig !== undefined) return [resolve(place.kubeconfig)];
  const listed = (place.environment.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) return [...new Set(listed.map((file) => resolve(file)))];
  return [join(place.environment.HOME || homedir(), ".kube", "config")];
}

/**
 * Reads kubeconfigs as kubectl does: --kubeconfig alone, else the files of KUBECONFIG merged with the
 * missing ones skipped, else ~/.kube/config. Never falls back to a service account or to localhost.
 * *Source:* client-go clientcmd ClientConfigLoadingRules. @throws KubeconfigError
 */
export function readKubeconfig(place: KubeconfigPlace): Kubeconfig {
  const files = candidates(place);
  let merged: Kubeconfig | undefined;
  for (const file of files) {
    const content = readText(file);
    if (content === undefined) continue;
    const next = parse(content, file);
    merged = merged ? merge(merged, next) : next;
  }
  if (merged) return merged;
  const message =
    files.length === 1 ? `there is no file ${files[0]}` : `none of these is there: ${files.join(", ")}`;
  const help = "Name a kubeconfig with --kubeconfig or in KUBECONFIG.";
  throw new KubeconfigError("E-KUBECONFIG", message, help);
}
