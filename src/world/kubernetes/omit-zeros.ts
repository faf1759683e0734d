/** Without the members that are 0: how Go writes counters of a status that are `omitempty`. */
export function omitZeros<T extends Readonly<Record<string, unknown>>>(counts: T): Partial<T> {
  const kept: Record<string, unknown> = {};
  for (const key of Object.keys(counts)) if (counts[key] !== 0) kept[key] = counts[key];
  return kept as Partial<T>;
}
