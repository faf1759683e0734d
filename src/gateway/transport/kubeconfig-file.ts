import { dirname } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { load, YAMLException } from "js-yaml";
import { type Fields, isFields } from "./fields.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import { completeUser } from "./kubeconfig-user.ts";

const LARGEST_FILE_LENGTH = 16 * 1024 * 1024;

function refused(message: string, help: string): KubeconfigError {
  return new KubeconfigError("E-KUBECONFIG", message, help);
}

/** The parser's messages quote the line, which may hold a token: only the place is told. */
function unreadable(error: unknown, file: string): KubeconfigError {
  if (!(error instanceof YAMLException)) {
    return refused(`${file} is no kubeconfig`, "Name another with --kubeconfig.");
  }
  // The type promises a mark that "several documents" does not have.
  const mark: { readonly line: number; readonly column: number } | undefined = error.mark;
  const place = mark ? `${file}:${mark.line + 1}:${mark.column + 1}` : file;
  return refused(`${place} is not valid YAML`, "Mend the file, or name another with --kubeconfig.");
}

/** An alias is an object that is met twice. With them a small file can grow without bound. */
function hasAliases(value: unknown, seen: Set<object> = new Set()): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (seen.has(value)) return true;
  seen.add(value);
  return Object.values(value).some((inner) => hasAliases(inner, seen));
}

function entryOf(document: Fields, name: string): Fields {
  const users: readonly unknown[] = Array.isArray(document.users) ? document.users : [];
  const found = users.find((item) => isFields(item) && item.name === name);
  return isFields(found) && isFields(found.user) ? found.user : {};
}

function read(content: string, file: string): KubeConfig {
  const config = new KubeConfig();
  // client-node's own parser, for what client-node leaves out and for files that it fails on.
  const document: unknown = load(content);
  // An empty file is an empty kubeconfig, as for kubectl.
  if (document === undefined || document === null) return config;
  if (!isFields(document)) throw refused(`${file} is no kubeconfig`, "Name another with --kubeconfig.");
  if (hasAliases(document)) throw refused(`${file} uses YAML aliases`, "Write the values out.");
  // An entry that is incomplete matters only to who chooses it.
  config.loadFromString(content, { onInvalidEntry: "filter" });
  const folder = dirname(file);
  config.makePathsAbsolute(folder);
  config.users = config.users.map((user) => completeUser(user, entryOf(document, user.name), folder));
  for (const cluster of config.clusters) {
    // client-node prefers the file, kubectl the data.
    if (cluster.caData) cluster.caFile = "";
  }
  return config;
}

/** What client-node reads of one file, its paths absolute. `file` is absolute. @throws KubeconfigError */
export function loadKubeconfigFile(content: string, file: string): KubeConfig {
  if (content.length > LARGEST_FILE_LENGTH)
    throw refused(`${file} is larger than 16 MiB`, "Is it a kubeconfig?");
  try {
    return read(content, file);
  } catch (error) {
    throw error instanceof KubeconfigError ? error : unreadable(error, file);
  }
}
