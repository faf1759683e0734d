import type { Resource } from "./types.ts";

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
  /** Changes up to this version are no longer kept. */
  private compactedVersion = 0;
  private readonly listeners = new Set<() => void>();
  private readonly observers: ((entry: LogEntry<T>) => void)[] = [];

  append(entry: LogEntry<T>): void {
    this.dropOlderThan(entry.time - windowMs);
    this.entries.push(entry);
    for (const observe of this.observers) observe(entry);
    for (const wake of this.listeners) wake();
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
    let low = 0;
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
    if (position < this.base) return "compacted";
    return this.entries[position - this.base];
  }

  /** Forgets every change so far. Cursors left behind, and watches from before this version, get 410. */
  compact(version: number): void {
    this.base = this.end;
    this.entries = [];
    this.compactedVersion = version;
  }

  private dropOlderThan(time: number): void {
    if (this.entries.length < 256 || (this.entries[128]?.time ?? time) >= time) return;
    this.compactedVersion = this.entries[127]?.version ?? this.compactedVersion;
    this.entries = this.entries.slice(128);
    this.base += 128;
  }
}
