import type { ChildProcess } from "node:child_process";
import type { Cluster } from "@kubernetes/client-node";
import { WireError } from "#gateway/wire.ts";
import type { ExecConfiguration } from "./exec-configuration.ts";

/** What a plugin gave. */
export interface PluginAnswer {
  readonly credentials: {
    /** The Authorization header; undefined for none. */
    readonly authorization: string | undefined;
    /** PEM */
    readonly certificate?: string;
    readonly key?: string;
  };
  /** Milliseconds since the epoch, Infinity where the plugin does not say. */
  readonly endsAt: number;
}

export const EXEC_DEADLINE_SECONDS = 30;
const LARGEST_OUTPUT_BYTES = 1024 * 1024;
const LARGEST_COMPLAINT = 300;

function failed(exec: ExecConfiguration, why: string): WireError {
  return new WireError("credentials", `credential plugin ${exec.command}: ${why}`, false);
}

function execInfo(exec: ExecConfiguration, cluster: Cluster): string {
  const info = {
    server: cluster.server,
    ...(cluster.tlsServerName ? { "tls-server-name": cluster.tlsServerName } : {}),
    ...(cluster.caData ? { "certificate-authority-data": cluster.caData } : {}),
    ...(cluster.skipTLSVerify ? { "insecure-skip-tls-verify": true } : {}),
  };
  return JSON.stringify({
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec.provideClusterInfo ? { cluster: info } : {}) },
  });
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended, or the system knows none.
    child.kill("SIGKILL");
  }
}

/** Runs it to its end, without a terminal. @throws WireError */
async function run(exec: ExecConfiguration, cluster: Cluster, deadlineSeconds: number): Promise<string> {
  const { spawn } = await import("node:child_process");
  const own = Object.fromEntries(exec.env.map((entry) => [entry.name, entry.value]));
  const environment = { ...process.env, ...own, KUBERNETES_EXEC_INFO: execInfo(exec, cluster) };
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, [...exec.args], {
      env: environment,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that what the plugin starts can be ended with it.
      detached: true,
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let complaint = "";
    // Settles at once: whatever the plugin started may hold its pipes open for ever.
    const end = (why: string): void => {
      clearTimeout(timer);
      endGroup(child);
      child.stdout.destroy();
      child.stderr.destroy();
      reject(failed(exec, why));
    };
    const timer = setTimeout(() => end(`no answer within ${deadlineSeconds} s`), deadlineSeconds * 1000);
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > LARGEST_OUTPUT_BYTES) end("it prints more than 1 MiB");
      else chunks.push(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      complaint = (complaint + chunk).slice(0, LARGEST_COMPLAINT);
    });
    child.on("error", (error) => end(describeStart(error, exec)));
    child.on("close", (code, killed) => {
      clearTimeout(timer);
      const detail = complaint.trim() === "" ? "" : `: ${complaint.trim()}`;
      if (code === 0) resolve(Buffer.concat(chunks).toString("utf8"));
      else reject(failed(exec, `it ended with ${code === null ? killed : `exit code ${code}`}${detail}`));
    });
  });
}

function describeStart(error: Error, exec: ExecConfiguration): string {
  const hint = exec.installHint === "" ? "" : ` (${exec.installHint.slice(0, LARGEST_COMPLAINT)})`;
  return "code" in error && error.code === "ENOENT" ? `not found${hint}` : "it could not be started";
}

function textAt(value: unknown, key: string): string {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return "";
  const found: unknown = (value as Readonly<Record<string, unknown>>)[key];
  return typeof found === "string" ? found : "";
}

function readStatus(exec: ExecConfiguration, output: string): unknown {
  try {
    const credential: unknown = JSON.parse(output);
    const isCredential = textAt(credential, "kind") === "ExecCredential";
    if (isCredential && typeof credential === "object" && credential !== null && "status" in credential) {
      return credential.status;
    }
  } catch {
    // Said below: its text may hold a token.
  }
  throw failed(exec, "it printed no ExecCredential with a status");
}

/**
 * Runs a credential plugin once: without a terminal, at most 30 s, at most 1 MiB of output. client-node's
 * own runner waits for ever, tells the plugin nothing of the cluster and keeps what the server refused.
 * *Source:* client.authentication.k8s.io/v1. @throws WireError of failure "credentials"
 */
export async function runExecPlugin(
  exec: ExecConfiguration,
  cluster: Cluster,
  deadlineSeconds: number = EXEC_DEADLINE_SECONDS,
): Promise<PluginAnswer> {
  if (exec.command === "") throw failed(exec, "no command is given");
  if (exec.interactiveMode === "Always")
    throw failed(exec, "it asks for a terminal (interactiveMode: Always)");
  const status = readStatus(exec, await run(exec, cluster, deadlineSeconds));
  const token = textAt(status, "token");
  const certificate = textAt(status, "clientCertificateData");
  const key = textAt(status, "clientKeyData");
  if (token === "" && (certificate === "" || key === "")) {
    throw failed(exec, "it gave neither a token nor a certificate with its key");
  }
  const endsAt = Date.parse(textAt(status, "expirationTimestamp"));
  return {
    credentials: {
      authorization: token === "" ? undefined : `Bearer ${token}`,
      ...(certificate === "" ? {} : { certificate, key }),
    },
    endsAt: Number.isNaN(endsAt) ? Number.POSITIVE_INFINITY : endsAt,
  };
}
