import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

export interface Handler {
  handle(message: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A fault of the server is told to its client with 500, and to `onFault`: a client may just try again. */
export function guarded(handler: Handler, onFault: (fault: Error) => void): RequestListener {
  return (message, response) => {
    handler.handle(message, response).catch((thrown: unknown) => {
      const fault = thrown instanceof Error ? thrown : new Error(String(thrown));
      const text = `the embedded server failed: ${fault.stack ?? fault.message}\n`;
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain" }).end(text);
      onFault(fault);
    });
  };
}
