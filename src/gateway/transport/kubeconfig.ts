import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { text } from "./fields.ts";
import { KubeconfigError } from "./kubeconfig-error.ts";
import { loadKubeconfigFile } from "./kubeconfig-file.ts";

export interface KubeconfigPlace {
  /** --kubeconfig: only this file. */
  readonly kubeconfig?: string | undefined;
  /** KUBECONFIG and HOME are looked at. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** One file, or several merged. */
export interface Kubeconfig {
  readonly config: KubeConfig;
  /** The files that were read, absolute. */
  readonly files: readonly string[];
}

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

/**
 * The first definition of a name holds whole, as client-node takes the first it finds, and the first
 * current-context. client-node's own merge takes the last one, and refuses what is defined twice.
 */
function merge(configs: readonly KubeConfig[]): KubeConfig {
  const merged = new KubeConfig();
  merged.loadFromOptions({
    clusters: configs.flatMap((config) => config.getClusters()),
    users: configs.flatMap((config) => config.getUsers()),
    contexts: configs.flatMap((config) => config.getContexts()),
    currentContext:
      configs.map((config) => text(config.getCurrentContext())).find((name) => name !== "") ?? "",
  });
  return merged;
}

function candidates(place: KubeconfigPlace): readonly string[] {
  if (place.kubeconfig !== undefined) return [resolve(place.kubeconfig)];
  const listed = (place.environment.KUBECONFIG ?? "").split(delimiter).filter((file) => file !== "");
  if (listed.length > 0) return [...new Set(listed.map((file) => resolve(file)))];
  return [join(place.environment.HOME || homeFolder(), ".kube", "config")];
}

/** Node throws for a user that the system has no entry for. */
function homeFolder(): string {
  try {
    return homedir();
  } catch {
    throw new KubeconfigError(
      "E-KUBECONFIG",
      "no home folder is known, so there is no ~/.kube/config",
      "Name a kubeconfig with --kubeconfig, or set KUBECONFIG or HOME.",
    );
  }
}

/**
 * Reads kubeconfigs as kubectl does: --kubeconfig alone, else the files of KUBECONFIG merged with the
 * missing ones skipped, else ~/.kube/config. Never falls back to a service account or to localhost,
 * as client-node's loadFromDefault does.
 * *Source:* client-go clientcmd ClientConfigLoadingRules. @throws KubeconfigError
 */
export function readKubeconfig(place: KubeconfigPlace): Kubeconfig {
  const asked = candidates(place);
  const files: string[] = [];
  const configs: KubeConfig[] = [];
  for (const file of asked) {
    const content = readText(file);
    if (content === undefined) continue;
    configs.push(loadKubeconfigFile(content, file));
    files.push(file);
  }
  if (files.length > 0) return { config: merge(configs), files };
  const message =
    asked.length === 1 ? `there is no file ${asked[0]}` : `none of these is there: ${asked.join(", ")}`;
  const isOver = asked.some((file) => file.includes("/dextre-sandbox-"));
  const help = `${isOver ? "The sandbox that wrote it has ended. " : ""}Name a kubeconfig with --kubeconfig or in KUBECONFIG.`;
  throw new KubeconfigError("E-KUBECONFIG", message, help);
}
