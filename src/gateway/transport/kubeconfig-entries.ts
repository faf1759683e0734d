import { dirname, isAbsolute, join, sep } from "node:path";
import type { Kubeconfig, KubeconfigCluster, KubeconfigExec, KubeconfigUser } from "./kubeconfig-types.ts";

/*
 * One file's entries. What has the wrong type counts as absent; relative paths are resolved against
 * the file that holds them. *Source:* client-go clientcmd, RelativizeClusterLocalPaths and its like.
 */

type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
}

function resolvePath(value: unknown, folder: string): string {
  const path = text(value);
  return path === "" || isAbsolute(path) ? path : join(folder, path);
}

function readCluster(entry: Fields, folder: string): KubeconfigCluster {
  return {
    server: text(entry.server).replace(/\/+$/, ""),
    authorityFile: resolvePath(entry["certificate-authority"], folder),
    authorityData: text(entry["certificate-authority-data"]),
    skipsVerification: entry["insecure-skip-tls-verify"] === true,
    tlsServerName: text(entry["tls-server-name"]),
    proxyUrl: text(entry["proxy-url"]),
  };
}

function readExec(value: unknown, folder: string): KubeconfigExec | null {
  if (!isFields(value)) return null;
  const command = text(value.command);
  const variables = Array.isArray(value.env) ? value.env.filter(isFields) : [];
  return {
    apiVersion: text(value.apiVersion),
    // Without a separator it is looked up in PATH.
    command: command.includes(sep) ? resolvePath(command, folder) : command,
    arguments: texts(value.args),
    environment: variables.map((entry) => ({ name: text(entry.name), value: text(entry.value) })),
    needsTerminal: value.interactiveMode === "Always",
    wantsClusterInfo: value.provideClusterInfo === true,
    installHint: text(value.installHint),
  };
}

function readUser(entry: Fields, folder: string): KubeconfigUser {
  return {
    token: text(entry.token),
    tokenFile: resolvePath(entry.tokenFile, folder),
    username: text(entry.username),
    password: text(entry.password),
    certificateFile: resolvePath(entry["client-certificate"], folder),
    certificateData: text(entry["client-certificate-data"]),
    keyFile: resolvePath(entry["client-key"], folder),
    keyData: text(entry["client-key-data"]),
    impersonatedUser: text(entry.as),
    impersonatedUid: text(entry["as-uid"]),
    impersonatedGroups: texts(entry["as-groups"]),
    exec: readExec(entry.exec, folder),
    authProvider: isFields(entry["auth-provider"]) ? entry["auth-provider"] : null,
  };
}

/** `[{name, [key]: {…}}]` as a map; of several entries with one name the first holds. */
function readNamed<T>(list: unknown, key: string, read: (entry: Fields) => T): ReadonlyMap<string, T> {
  const found = new Map<string, T>();
  for (const item of Array.isArray(list) ? list : []) {
    if (!isFields(item)) continue;
    const name = text(item.name);
    const entry = item[key];
    if (name !== "" && !found.has(name)) found.set(name, read(isFields(entry) ? entry : {}));
  }
  return found;
}

/** The parsed document of one file. */
export function readEntries(document: Fields, file: string): Kubeconfig {
  const folder = dirname(file);
  return {
    clusters: readNamed(document.clusters, "cluster", (entry) => readCluster(entry, folder)),
    users: readNamed(document.users, "user", (entry) => readUser(entry, folder)),
    contexts: readNamed(document.contexts, "context", (entry) => ({
      cluster: text(entry.cluster),
      user: text(entry.user),
    })),
    currentContext: text(document["current-context"]),
    files: [file],
  };
}
