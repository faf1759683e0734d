/**
 * Whether resource version `one` is older than `other`; false where they cannot be compared.
 * *Source:* KEP-5504: resource versions of one kind are decimal numbers that only grow.
 */
export function isOlder(one: string, other: string): boolean {
  if (!isNumber(one) || !isNumber(other)) return false;
  return one.length === other.length ? one < other : one.length < other.length;
}

function isNumber(version: string): boolean {
  return /^(0|[1-9]\d*)$/.test(version);
}

/** The newer of two; the second where they cannot be compared. */
export function newest(one: string, other: string): string {
  return isOlder(other, one) ? one : other;
}
