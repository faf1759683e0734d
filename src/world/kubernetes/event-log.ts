import type { Resource } from "./object-types.ts";

/** One change of one object. `previous` is what it was before; undefined for ADDED. */
export interface LogEntry<T extends Resource = Resource> {
  readonly version: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
  readonly previous: T | undefined;
  /** ms since epoch. */
  readonly time: number;
}

/** How long changes are kept for watchers that start in the past. Source: etcd compaction of kube-apiserver. */
const windowMs = 5 * 60_000;

/** The versioned changes of one kind. A watch is a position in it. */
export class EventLog<T extends Resource = Resource> {
  private entries: LogEntry<T>[] = [];
  /** Position of entries[0]. */
  private base = 0;
  /** So many entries at the front are forgotten; their room is given back when they are most of it. */
  private forgotten = 0;
  private isKept = true;
  /** Changes up to this version are no longer kept. */
  private compactedVersion = 0;
  private readonly listeners = new Set<() => void>();
  private readonly observers: ((entry: LogEntry<T>) => void)[] = [];

  append(entry: LogEntry<T>): void {
    if (this.isKept) {
      this.entries.push(entry);
      this.dropOlderThan(entry.time - windowMs);
    } else {
      this.base += 1;
      this.compactedVersion = entry.version;
    }
    for (const observe of this.observers) observe(entry);
    for (const wake of this.listeners) wake();
  }

  /** While false, changes reach observers and are forgotten: for the making of a world, which nobody watches. */
  keep(isKept: boolean): void {
    this.compact(this.entries.at(-1)?.version ?? this.compactedVersion);
    this.isKept = isKept;
  }

  /** Called with every change, at once, for the life of the world. */
  observe(observer: (entry: LogEntry<T>) => void): void {
    this.observers.push(observer);
  }

  /** Called after changes until the returned function is called. */
  listen(wake: () => void): () => void {
    this.listeners.add(wake);
    return () => this.listeners.delete(wake);
  }

  /** Just behind the newest change. */
  get end(): number {
    return this.base + this.entries.length;
  }

  /** The first position after this version; undefined where changes after it were compacted. */
  positionAfter(version: number): number | undefined {
    if (version < this.compactedVersion) return undefined;
    let low = this.forgotten;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.entries[middle];
      if (entry !== undefined && entry.version <= version) low = middle + 1;
      else high = middle;
    }
    return this.base + low;
  }

  /** undefined at the end; "compacted" where the position was left behind. */
  at(position: number): LogEntry<T> | "compacted" | undefined {
    if (position < this.base + this.forgotten) return "compacted";
    return this.entries[position - this.base];
  }

  /** Forgets every change so far. Cursors left behind, and watches from before this version, get 410. */
  compact(version: number): void {
    this.base = this.end;
    this.entries = [];
    this.forgotten = 0;
    this.compactedVersion = version;
  }

  private dropOlderThan(time: number): void {
    for (
      let oldest = this.entries[this.forgotten];
      oldest !== undefined && oldest.time < time;
      oldest = this.entries[this.forgotten]
    ) {
      this.compactedVersion = oldest.version;
      this.forgotten += 1;
    }
    if (this.forgotten < 1024 || this.forgotten * 2 < this.entries.length) return;
    this.entries.splice(0, this.forgotten);
    this.base += this.forgotten;
    this.forgotten = 0;
  }
}
