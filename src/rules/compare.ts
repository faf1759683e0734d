/** Negative: a first. Positive: b first. 0: the same as far as this comparison goes. */
export type Comparator<T> = (a: T, b: T) => number;

/** By code unit, the same on every machine and in every locale. */
export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The first comparison that tells two things apart decides. */
export function firstOf<T>(...comparators: readonly Comparator<T>[]): Comparator<T> {
  return (a, b) => {
    for (const compare of comparators) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Order by a text that follows from the thing. */
export function byText<T>(textOf: (item: T) => string): Comparator<T> {
  return (a, b) => compareTexts(textOf(a), textOf(b));
}
