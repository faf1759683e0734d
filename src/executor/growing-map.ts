interface Entry<V> {
  /** As of which change it holds. */
  readonly from: number;
  readonly value: V;
}

/** What all versions of a map share: who is older looks past what came after it. */
interface Trunk<V> {
  readonly entries: Map<string, readonly Entry<V>[]>;
  /** The key of each change. */
  readonly changes: string[];
}

/**
 * A map that never changes; `with` makes the next version of it for the price of one entry, where a
 * copy would cost as much as all the steps of a run. Only from a version that has a successor already
 * is everything copied.
 */
export class GrowingMap<V> implements ReadonlyMap<string, V> {
  static empty<V>(): GrowingMap<V> {
    return new GrowingMap<V>({ entries: new Map(), changes: [] }, 0, 0);
  }

  static from<V>(entries: Iterable<readonly [string, V]>): GrowingMap<V> {
    let map = GrowingMap.empty<V>();
    for (const [key, value] of entries) map = map.with(key, value);
    return map;
  }

  readonly size: number;
  readonly #trunk: Trunk<V>;
  readonly #version: number;

  private constructor(trunk: Trunk<V>, version: number, size: number) {
    this.size = size;
    this.#trunk = trunk;
    this.#version = version;
  }

  with(key: string, value: V): GrowingMap<V> {
    const { entries, changes } = this.#trunk;
    if (this.#version !== changes.length) return GrowingMap.from(this).with(key, value);
    const size = this.size + (this.has(key) ? 0 : 1);
    changes.push(key);
    entries.set(key, [...(entries.get(key) ?? []), { from: changes.length, value }]);
    return new GrowingMap(this.#trunk, changes.length, size);
  }

  /** The keys that were set since an earlier version; undefined where that is none of this map. */
  changedSince(earlier: GrowingMap<V>): readonly string[] | undefined {
    if (earlier.#trunk !== this.#trunk || earlier.#version > this.#version) return undefined;
    return this.#trunk.changes.slice(earlier.#version, this.#version);
  }

  get(key: string): V | undefined {
    return this.#find(this.#trunk.entries.get(key))?.value;
  }
  has(key: string): boolean {
    return this.#find(this.#trunk.entries.get(key)) !== undefined;
  }
  *entries(): MapIterator<[string, V]> {
    for (const [key, versions] of this.#trunk.entries) {
      const entry = this.#find(versions);
      if (entry) yield [key, entry.value];
    }
  }
  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }
  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }
  [Symbol.iterator](): MapIterator<[string, V]> {
    return this.entries();
  }
  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this);
  }

  #find(versions: readonly Entry<V>[] | undefined): Entry<V> | undefined {
    return versions?.findLast(({ from }) => from <= this.#version);
  }
}
