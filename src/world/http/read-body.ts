import type { IncomingMessage } from "node:http";

/** The whole body; undefined where it is larger than `largestBytes`, or the connection broke. */
export function readBody(message: IncomingMessage, largestBytes: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      // What is too large is read to its end all the same: the client hears the answer only then.
      if (size <= largestBytes) chunks.push(chunk);
    });
    message.on("end", () => resolve(size > largestBytes ? undefined : Buffer.concat(chunks)));
    message.on("error", () => resolve(undefined));
  });
}
