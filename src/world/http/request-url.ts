import type { IncomingMessage, ServerResponse } from "node:http";

/** What a request asks for; undefined where that can be no URL, or its path holds an escape that is none. */
export function urlOf({ url = "/" }: IncomingMessage): URL | undefined {
  // A path may begin with two slashes: against a base that would be a host.
  const text = url.startsWith("/") ? `https://127.0.0.1${url}` : url;
  try {
    const parsed = new URL(text);
    decodeURIComponent(parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}

/** Source: Go's net/http, which answers so before any server behind it hears of the request. */
export function sendMalformed(response: ServerResponse): void {
  response.writeHead(400, { "content-type": "text/plain; charset=utf-8", connection: "close" });
  response.end("400 Bad Request");
}
