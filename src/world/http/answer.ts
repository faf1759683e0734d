import type { ServerResponse } from "node:http";
import { failure, type ServerAnswer } from "#world/kubernetes/status.ts";
import { newRequestId } from "./clients.ts";

/** What every answer of an API server carries; the priority level's ids are those of no server. */
export const commonHeaders = (): Readonly<Record<string, string>> => ({
  "audit-id": newRequestId(),
  "cache-control": "no-cache, private",
  "x-kubernetes-pf-flowschema-uid": "00000000-0000-4000-8000-000000000001",
  "x-kubernetes-pf-prioritylevel-uid": "00000000-0000-4000-8000-000000000002",
});

/** Sends a whole answer: JSON, or a body that is text as it is. */
export function sendAnswer(response: ServerResponse, { status, headers, body }: ServerAnswer): void {
  if (response.destroyed) return;
  const isText = typeof body === "string";
  const bytes = Buffer.from(isText ? body : `${JSON.stringify(body ?? null)}\n`, "utf8");
  response.writeHead(status, {
    ...commonHeaders(),
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    ...headers,
    "content-length": String(bytes.length),
  });
  response.end(bytes);
}

export const unauthorized = (): ServerAnswer => failure(401, "Unauthorized", "Unauthorized");

export const notAcceptable = (): ServerAnswer =>
  failure(406, "NotAcceptable", "only the following media types are accepted: application/json");

export function unsupportedMediaType(contentType: string): ServerAnswer {
  const message = `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (this server does not read ${contentType})`;
  return failure(415, "UnsupportedMediaType", message);
}

export const bodyTooLarge = (): ServerAnswer =>
  failure(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
