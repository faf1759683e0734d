import http, { type IncomingMessage } from "node:http";
import https, { type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { WireError } from "#gateway/wire.ts";
import { wireFailure } from "./wire-failure.ts";

export interface HttpCall {
  readonly protocol: "https:" | "http:";
  readonly options: RequestOptions;
  readonly body: string | undefined;
  /** Host and port, for messages. */
  readonly server: string;
  readonly signal: AbortSignal | undefined;
}

/** Headers have come; the body is still to be read. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: IncomingMessage;
}

function flatten(message: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(message.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(", ") : (value ?? ""),
  ]);
  return Object.fromEntries(entries);
}

/** A server that takes longer to take a connection is not there. */
const CONNECT_MILLISECONDS = 10_000;

/** A socket that is connected and yet not ready waits for TLS. None is there before an agent has given one. */
const silenceOf = (socket: Socket | null): string =>
  socket === null || socket.connecting
    ? "takes no connection"
    : "takes connections, but does not answer in TLS";

/** Calls `ready` once a request on this socket can reach the server. */
function whenConnected(socket: Socket, isTls: boolean, ready: () => void): void {
  if (socket.connecting || (isTls && !("authorized" in socket && socket.authorized === true))) {
    socket.once(isTls ? "secureConnect" : "connect", ready);
  } else {
    ready();
  }
}

/**
 * Sends one request and settles with the headers of its answer. Redirects are answers like any
 * other: nothing is ever sent to where they point. @throws WireError
 */
export function openCall(call: HttpCall): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    let maybeSent = false;
    const isTls = call.protocol === "https:";
    const request = (isTls ? https : http).request(call.options);
    const onAbort = (): void => {
      reject(new WireError("aborted", "stopped", maybeSent));
      request.destroy();
    };
    if (call.signal?.aborted) onAbort();
    else call.signal?.addEventListener("abort", onAbort, { once: true });
    const connecting = setTimeout(() => {
      reject(new WireError("unreachable", `${call.server} ${silenceOf(request.socket)}`, false));
      request.destroy();
    }, CONNECT_MILLISECONDS);
    const connected = (): void => {
      clearTimeout(connecting);
      maybeSent = true;
    };
    request.on("close", () => {
      clearTimeout(connecting);
      call.signal?.removeEventListener("abort", onAbort);
    });
    request.on("socket", (socket: Socket) => {
      if (request.reusedSocket) connected();
      whenConnected(socket, isTls, connected);
    });
    request.on("error", (error) => reject(wireFailure(error, call.server, maybeSent)));
    request.on("response", (message) => {
      resolve({ status: message.statusCode ?? 0, headers: flatten(message), message });
    });
    request.end(call.body);
  });
}

/** The whole body as text. @throws WireError where it breaks off or is larger than `largestBytes`. */
export async function readBody(answer: HttpAnswer, call: HttpCall, largestBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer.message) {
      size += (chunk as Buffer).length;
      if (size > largestBytes) {
        // Leaving the loop destroys the connection: nothing more is taken from it.
        throw new WireError("malformed", `${call.server} sent more than ${largestBytes} bytes`, true);
      }
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (call.signal?.aborted) throw new WireError("aborted", "stopped", true);
    throw wireFailure(error, call.server, true);
  }
  return Buffer.concat(chunks).toString("utf8");
}
