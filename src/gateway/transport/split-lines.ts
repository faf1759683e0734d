import { WireError } from "#gateway/wire.ts";

const NEWLINE = 0x0a;

function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(line.toString("utf8"));
  } catch {
    throw new WireError("malformed", "a line of the stream is not JSON", true);
  }
}

const isBlank = (line: Buffer): boolean => line.toString("latin1").trim() === "";

/**
 * One JSON value per line, however the bytes are cut into chunks.
 * @throws WireError where a line is no JSON, is longer than `largestBytes`, or is cut off by the end.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  largestBytes: number,
): AsyncGenerator<unknown, void, undefined> {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = Buffer.concat([...pending, chunk.subarray(start, end)]);
      pending = [];
      pendingBytes = 0;
      start = end + 1;
      if (!isBlank(line)) yield parseLine(line);
    }
    pending.push(chunk.subarray(start));
    pendingBytes += chunk.length - start;
    if (pendingBytes > largestBytes) {
      throw new WireError("malformed", `a line of the stream is longer than ${largestBytes} bytes`, true);
    }
  }
  if (!isBlank(Buffer.concat(pending))) {
    throw new WireError("malformed", "the stream ended in the middle of a line", true);
  }
}
