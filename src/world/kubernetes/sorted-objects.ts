interface Chunk<T> {
  readonly keys: string[];
  readonly objects: T[];
  /** A chunk of an older age is seen by a snapshot and is copied before it changes. */
  readonly age: number;
}

/** Objects in the order of their keys, as they were at one moment. */
export interface Snapshot<T> {
  readonly size: number;
  /** The objects from this key on whose key begins with the prefix, with their keys. */
  from(key: string, prefix: string): Iterable<readonly [string, T]>;
  /** How many keys begin with the prefix, from this one on where given. */
  count(prefix: string, from?: string): number;
}

const chunkSize = 256;

/**
 * A sorted map in chunks: a change costs the same however many objects there are, and so does a snapshot,
 * which shares the chunks that do not change after it.
 */
export class SortedObjects<T> {
  private chunks: Chunk<T>[] = [];
  private age = 0;
  private isShared = false;
  private count = 0;

  set(key: string, object: T): void {
    const at = this.chunkOf(key);
    const chunk = this.open(at);
    const index = lowerBound(chunk.keys, key);
    if (chunk.keys[index] === key) {
      chunk.objects[index] = object;
      return;
    }
    chunk.keys.splice(index, 0, key);
    chunk.objects.splice(index, 0, object);
    this.count += 1;
    if (chunk.keys.length > chunkSize) this.split(at, chunk);
  }

  delete(key: string): void {
    if (this.chunks.length === 0) return;
    const at = this.chunkOf(key);
    const index = lowerBound(this.chunks[at]?.keys ?? [], key);
    if (this.chunks[at]?.keys[index] !== key) return;
    const chunk = this.open(at);
    chunk.keys.splice(index, 1);
    chunk.objects.splice(index, 1);
    this.count -= 1;
    if (chunk.keys.length === 0) this.chunks.splice(at, 1);
  }

  all(): readonly T[] {
    return this.chunks.flatMap(({ objects }) => objects);
  }

  snapshot(): Snapshot<T> {
    this.isShared = true;
    this.age += 1;
    const { chunks, count } = this;
    return {
      size: count,
      from: (key, prefix) => walk(chunks, key, prefix),
      count: (prefix, from = prefix) => {
        if (prefix === "" && from === "") return count;
        const behind = prefix === "" ? 0 : countFrom(chunks, `${prefix}\uffff`);
        return countFrom(chunks, from) - behind;
      },
    };
  }

  /** The chunk that holds the key, or would; the last whose first key is not behind it. */
  private chunkOf(key: string): number {
    return chunkOf(this.chunks, key);
  }

  private open(at: number): Chunk<T> {
    if (this.isShared) {
      this.chunks = [...this.chunks];
      this.isShared = false;
    }
    const known = this.chunks[at];
    if (known !== undefined && known.age === this.age) return known;
    const chunk = {
      keys: known?.keys.slice() ?? [],
      objects: known?.objects.slice() ?? [],
      age: this.age,
    };
    this.chunks[at] = chunk;
    return chunk;
  }

  private split(at: number, { keys, objects }: Chunk<T>): void {
    const half = chunkSize / 2;
    this.chunks.splice(at + 1, 0, { keys: keys.splice(half), objects: objects.splice(half), age: this.age });
  }
}

function chunkOf<T>(chunks: readonly Chunk<T>[], key: string): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chunks[middle]?.keys[0] ?? "") <= key) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many keys are not before this one. */
function countFrom<T>(chunks: readonly Chunk<T>[], key: string): number {
  const first = chunkOf(chunks, key);
  const before = lowerBound(chunks[first]?.keys ?? [], key);
  return chunks.slice(first).reduce((sum, { keys }) => sum + keys.length, -before);
}

function* walk<T>(
  chunks: readonly Chunk<T>[],
  from: string,
  prefix: string,
): IterableIterator<readonly [string, T]> {
  const start = from < prefix ? prefix : from;
  const first = chunkOf(chunks, start);
  for (let at = first; at < chunks.length; at++) {
    const { keys, objects } = chunks[at] ?? { keys: [], objects: [] };
    for (let index = at === first ? lowerBound(keys, start) : 0; index < keys.length; index++) {
      const key = keys[index];
      const object = objects[index];
      if (key === undefined || object === undefined) continue;
      if (!key.startsWith(prefix)) return;
      yield [key, object];
    }
  }
}
