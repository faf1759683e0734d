/** One field of a protobuf message; numbers as they stand, texts and messages as bytes. */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** The fields of a message, in their order. Source: protobuf's wire format. @throws ProtobufError */
export function readMessage(bytes: Uint8Array): readonly WireField[] {
  const fields: WireField[] = [];
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[position++];
      if (byte === undefined || shift > 63n) throw new ProtobufError("a number has no end");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Uint8Array => {
    const end = position + length;
    if (end > bytes.length) throw new ProtobufError("a field is longer than the message");
    const part = bytes.subarray(position, end);
    position = end;
    return part;
  };
  while (position < bytes.length) {
    const key = Number(varint());
    fields.push({ number: key >>> 3, value: readValue(key & 7, varint, take) });
  }
  return fields;
}

function readValue(
  wireType: number,
  varint: () => bigint,
  take: (length: number) => Uint8Array,
): bigint | Uint8Array {
  switch (wireType) {
    case 0:
      return varint();
    case 1:
      return take(8);
    case 2:
      return take(Number(varint()));
    case 5:
      return take(4);
    default:
      throw new ProtobufError(`there is no wire type ${wireType}`);
  }
}

/** The last field of this number: a scalar that stands twice counts as it stood last. */
export function lastOf(fields: readonly WireField[], number: number): bigint | Uint8Array | undefined {
  return fields.findLast((field) => field.number === number)?.value;
}

export function asText(value: bigint | Uint8Array | undefined): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : "";
}

/** Signed, 64 bits. */
export function asInteger(value: bigint | Uint8Array | undefined): number {
  return typeof value === "bigint" ? Number(BigInt.asIntN(64, value)) : 0;
}
