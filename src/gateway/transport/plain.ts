/**
 * An output of the SDK as plain data: Dates become ISO text, $metadata and undefined go.
 */
export function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([key, entry]) => key !== "$metadata" && entry !== undefined)
    .map(([key, entry]) => [key, plain(entry)]);
  return Object.fromEntries(entries);
}
