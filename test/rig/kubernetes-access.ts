import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";

/** How to reach the rig's API server as one user. Its own certificate is the only one trusted. */
export interface KubernetesAccess {
  /** "https://127.0.0.1:20012" */
  readonly server: string;
  readonly certificatePath: string;
  readonly token: string;
}

export interface KubernetesAnswer {
  readonly status: number;
  /** Parsed JSON, or text where it is none. */
  readonly body: unknown;
}

export interface KubernetesCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: unknown;
  /** "application/json" where absent; PATCH "application/merge-patch+json". */
  readonly contentType?: string;
}

const agents = new Map<string, Agent>();

/** The certificate is part of the key: read while the API server was still writing it, it is another one. */
function agentFor(access: KubernetesAccess): Agent {
  const certificate = readFileSync(access.certificatePath, "utf8");
  const key = access.server + certificate;
  const known = agents.get(key);
  if (known) return known;
  const agent = new Agent({ keepAlive: true, ca: certificate });
  agents.set(key, agent);
  return agent;
}

/** One request, sent once. Any status is an answer. Rejects where no answer arrived. */
export async function callKubernetes(
  access: KubernetesAccess,
  call: KubernetesCall,
): Promise<KubernetesAnswer> {
  const message = await open(access, call, 30_000);
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return { status: message.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) };
}

/** The raw answer of a long request, to be read line by line; `destroy()` ends it. */
export function openKubernetes(access: KubernetesAccess, path: string): Promise<IncomingMessage> {
  return open(access, { path }, 0);
}

function open(access: KubernetesAccess, call: KubernetesCall, timeout: number): Promise<IncomingMessage> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body);
  const options: RequestOptions = {
    agent: agentFor(access),
    method: call.method ?? "GET",
    timeout,
    headers: {
      authorization: `Bearer ${access.token}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": call.contentType ?? contentTypeOf(call) }),
    },
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${access.server}${call.path}`, options, resolve);
    sent.on("timeout", () => sent.destroy(new Error(`no answer in ${timeout} ms: ${call.path}`)));
    sent.on("error", reject);
    sent.end(body);
  });
}

function contentTypeOf(call: KubernetesCall): string {
  return call.method === "PATCH" ? "application/merge-patch+json" : "application/json";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
