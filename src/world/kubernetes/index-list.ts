/** "0-2,5,7,8" → 0, 1, 2, 5, 7, 8, as far as they are below `end`. Source: job, parseIndexesFromString. */
export function parseIndexes(text: string | undefined, end: number): ReadonlySet<number> {
  const found = new Set<number>();
  if (text === undefined || text === "") return found;
  for (const part of text.split(",")) {
    const [first = Number.NaN, last = first] = part.split("-").map(Number);
    for (let index = first; index <= Math.min(last, end - 1); index++) found.add(index);
  }
  return found;
}

/** The other way; two side by side stand alone. Source: orderedIntervals.String. */
export function indexesText(indexes: Iterable<number>): string {
  const runs: { readonly first: number; last: number }[] = [];
  for (const index of [...indexes].sort((left, right) => left - right)) {
    const run = runs.at(-1);
    if (run !== undefined && run.last === index - 1) run.last = index;
    else runs.push({ first: index, last: index });
  }
  return runs
    .map(({ first, last }) => {
      if (first === last) return String(first);
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    })
    .join(",");
}
