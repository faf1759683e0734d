import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

export interface Handler {
  handle(message: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A fault of the server is told to its client with 500 and does not end the process. */
export function guarded(handler: Handler): RequestListener {
  return (message, response) => {
    handler.handle(message, response).catch((error: unknown) => {
      const text = `the embedded server failed: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`;
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(text);
    });
  };
}
