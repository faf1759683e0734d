/** DER (X.690) as far as one certificate needs it: each function gives one encoded value. */

function value(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), encodedLength(content.length), content]);
}

function encodedLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => value(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => value(0x31, ...parts);
/** [tag], around a whole value. */
export const explicit = (tag: number, part: Uint8Array): Buffer => value(0xa0 | tag, part);
/** [tag], in place of a primitive value's own tag. */
export const implicit = (tag: number, content: Uint8Array): Buffer => value(0x80 | tag, content);
export const boolean = (is: boolean): Buffer => value(0x01, Buffer.from([is ? 0xff : 0]));
export const octetString = (content: Uint8Array): Buffer => value(0x04, content);
export const utf8String = (text: string): Buffer => value(0x0c, Buffer.from(text, "utf8"));

/** A number that is not negative, its bytes from the highest. */
export function integer(bytes: Uint8Array): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const significant = first < 0 ? Buffer.from([0]) : bytes.subarray(first);
  const isNegative = ((significant[0] ?? 0) & 0x80) !== 0;
  return isNegative ? value(0x02, Buffer.from([0]), significant) : value(0x02, significant);
}

export const bitString = (content: Uint8Array, unusedBits = 0): Buffer =>
  value(0x03, Buffer.from([unusedBits]), content);

/** "2.5.29.17" */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const septets = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      septets.unshift(0x80 | (left % 128));
    }
    bytes.push(...septets);
  }
  return value(0x06, Buffer.from(bytes));
}

/** Years 1950 to 2049, whole seconds. `time` in ms since epoch. */
export function utcTime(time: number): Buffer {
  const digits = new Date(time).toISOString().replaceAll(/[-:T]/g, "").slice(2, 14);
  return value(0x17, Buffer.from(`${digits}Z`, "latin1"));
}
