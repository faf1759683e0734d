import type { Selector, SelectorRequirement } from "./selector.ts";

type In = Extract<SelectorRequirement, { readonly values: readonly string[] }>;

/** Where those are that no single label decides about. No label has an empty name. */
const ANYWHERE = "";

/**
 * What has a selector, by one label that whoever is selected must have: whoever asks looks at few
 * selectors instead of all. `of` gives more than match, never less.
 */
export class SelectorIndex<T> {
  readonly #byAnchor = new Map<string, Map<string, T>>();

  add(selector: Selector, key: string, value: T): void {
    for (const anchor of anchorsOf(selector)) {
      const held = this.#byAnchor.get(anchor);
      if (held) held.set(key, value);
      else this.#byAnchor.set(anchor, new Map([[key, value]]));
    }
  }

  remove(selector: Selector, key: string): void {
    for (const anchor of anchorsOf(selector)) {
      const held = this.#byAnchor.get(anchor);
      held?.delete(key);
      if (held?.size === 0) this.#byAnchor.delete(anchor);
    }
  }

  /** Each once: a selector stands under the values of one label, and nobody has two of them. */
  *of(labels: Readonly<Record<string, string>>): Iterable<T> {
    yield* this.#byAnchor.get(ANYWHERE)?.values() ?? [];
    for (const [label, value] of Object.entries(labels)) {
      yield* this.#byAnchor.get(anchor(label, value))?.values() ?? [];
    }
  }
}

function anchorsOf({ requirements }: Selector): readonly string[] {
  const [first, ...rest] = requirements.filter((one): one is In => one.operator === "In");
  if (!first) return [ANYWHERE];
  const fewest = rest.reduce((best, one) => (one.values.length < best.values.length ? one : best), first);
  return fewest.values.map((value) => anchor(fewest.key, value));
}

const anchor = (label: string, value: string): string => `${label}=${value}`;
