import type { Agent, OutgoingHttpHeaders } from "node:http";
import { createSecureContext, type SecureContext } from "node:tls";
import {
  type KubernetesRequest,
  type KubernetesResponse,
  type KubernetesStream,
  type KubernetesWire,
  WireError,
} from "#gateway/wire.ts";
import { createAgent } from "./agent.ts";
import type { CredentialSource } from "./credentials.ts";
import { type HttpAnswer, type HttpCall, openCall, readBody } from "./http-call.ts";
import type { Login } from "./login.ts";
import { splitLines } from "./split-lines.ts";

/** A page of 500 pods of the largest size etcd takes would be 750 MB; a usual one is 10 MB. */
const LARGEST_BODY_BYTES = 128 * 1024 * 1024;
/** etcd takes 1.5 MiB an object; JSON is larger than what it stores. */
const LARGEST_LINE_BYTES = 16 * 1024 * 1024;
const LARGEST_REFUSAL_BYTES = 1024 * 1024;

export interface KubernetesWireOptions {
  /** "https://host:port/prefix" */
  readonly server: string;
  readonly proxy?: URL | undefined;
  readonly credentials: CredentialSource;
  /** For tests. */
  readonly largestBodyBytes?: number;
  readonly largestLineBytes?: number;
}

async function* nothing(): AsyncGenerator<unknown, void, undefined> {}

function parseBody(answer: HttpAnswer, body: string, server: string): unknown {
  if (!(answer.headers["content-type"] ?? "").includes("json")) return body;
  try {
    return JSON.parse(body);
  } catch {
    throw new WireError("malformed", `${server} sent an answer that is not JSON`, true);
  }
}

/** Lines until the stream ends; the connection is closed when nobody reads any more. */
async function* readLines(
  answer: HttpAnswer,
  call: HttpCall,
  largestBytes: number,
): AsyncGenerator<unknown, void, undefined> {
  try {
    yield* splitLines(answer.message, largestBytes);
  } catch (error) {
    if (error instanceof WireError) throw error;
    if (call.signal?.aborted) throw new WireError("aborted", "stopped", true);
    throw new WireError("reset", `the stream from ${call.server} broke`, true);
  } finally {
    answer.message.destroy();
  }
}

interface Sending {
  readonly request: KubernetesRequest;
  readonly accept: string;
  readonly signal: AbortSignal | undefined;
  readonly agent: Agent;
}

function readContext({ ca, cert, key }: Login, server: string): SecureContext {
  try {
    return createSecureContext({ ca, cert, key });
  } catch (error) {
    // Its message never holds more than what OpenSSL calls the fault.
    const why = error instanceof Error ? error.message : String(error);
    throw new WireError("tls", `the certificates or the key for ${server} cannot be used: ${why}`, false);
  }
}

class HttpsKubernetesWire implements KubernetesWire {
  readonly #options: KubernetesWireOptions;
  readonly #url: URL;
  readonly #agent: Promise<Agent>;
  readonly #contexts = new WeakMap<Login, SecureContext>();

  constructor(options: KubernetesWireOptions) {
    this.#options = options;
    this.#url = new URL(options.server);
    this.#agent = createAgent(this.#url, options.proxy);
  }

  async request(request: KubernetesRequest, signal?: AbortSignal): Promise<KubernetesResponse> {
    const { call, answer } = await this.#open(request, "application/json", signal);
    const body = await readBody(answer, call, this.#options.largestBodyBytes ?? LARGEST_BODY_BYTES);
    return { status: answer.status, headers: answer.headers, body: parseBody(answer, body, call.server) };
  }

  async stream(request: KubernetesRequest, signal: AbortSignal): Promise<KubernetesStream> {
    const { call, answer } = await this.#open(request, "application/json;stream=watch", signal);
    const { status, headers } = answer;
    if (status === 200) {
      const events = readLines(answer, call, this.#options.largestLineBytes ?? LARGEST_LINE_BYTES);
      return { status, headers, body: undefined, events };
    }
    const body = await readBody(answer, call, LARGEST_REFUSAL_BYTES);
    return { status, headers, body: parseBody(answer, body, call.server), events: nothing() };
  }

  /** A 401 comes before anything is done: with other credentials the request may be sent again, once. */
  async #open(
    request: KubernetesRequest,
    accept: string,
    signal: AbortSignal | undefined,
  ): Promise<{ call: HttpCall; answer: HttpAnswer }> {
    const agent = await this.#agent;
    const credentials = await this.#options.credentials.get();
    const first = this.#call({ request, accept, signal, agent }, credentials);
    const answer = await openCall(first);
    if (answer.status !== 401 || !this.#options.credentials.reject(credentials))
      return { call: first, answer };
    answer.message.resume();
    const second = this.#call({ request, accept, signal, agent }, await this.#options.credentials.get());
    return { call: second, answer: await openCall(second) };
  }

  /** Reading the authority takes longer than all the rest of a connection: once for all that share a login. */
  #contextOf(login: Login): SecureContext {
    const known = this.#contexts.get(login);
    if (known) return known;
    const context = readContext(login, this.#url.host);
    this.#contexts.set(login, context);
    return context;
  }

  #call({ request, accept, signal, agent }: Sending, credentials: Login): HttpCall {
    const { headers, ...login } = credentials;
    const isEncrypted = this.#url.protocol !== "http:";
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const query = new URLSearchParams({ ...request.query }).toString();
    const prefix = this.#url.pathname.replace(/\/+$/, "");
    const sent: OutgoingHttpHeaders = {
      ...headers,
      accept,
      "user-agent": "dextre",
      ...(body === undefined
        ? {}
        : {
            "content-type": request.contentType ?? "application/json",
            "content-length": String(Buffer.byteLength(body)),
          }),
    };
    return {
      protocol: isEncrypted ? "https:" : "http:",
      server: this.#url.host,
      signal,
      body,
      options: {
        ...login,
        ...(isEncrypted ? { secureContext: this.#contextOf(credentials) } : {}),
        method: request.method,
        host: this.#url.hostname.replace(/^\[|\]$/g, ""),
        port: this.#url.port === "" ? undefined : Number(this.#url.port),
        path: `${prefix}${request.path}${query === "" ? "" : `?${query}`}`,
        headers: sent,
        agent,
      },
    };
  }
}

/** One keep-alive transport to one API server. Never retries, never follows a redirect. */
export function createKubernetesWire(options: KubernetesWireOptions): KubernetesWire {
  return new HttpsKubernetesWire(options);
}
