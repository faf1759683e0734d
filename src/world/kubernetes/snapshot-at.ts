import type { LogEntry } from "./event-log.ts";
import type { Resource } from "./object-types.ts";
import { type Snapshot, SortedObjects } from "./sorted-objects.ts";
import { type Store, storageKey } from "./store.ts";

/** What the store held at an earlier version: its changes undone, newest first. undefined: no longer kept. */
export function snapshotAt(store: Store<Resource>, version: number): Snapshot<Resource> | undefined {
  const { log } = store;
  const position = log.positionAfter(version);
  if (position === undefined) return undefined;
  const then = new SortedObjects<Resource>();
  for (const [key, object] of store.snapshot().from("", "")) then.set(key, object);
  for (let at = log.end - 1; at >= position; at--) {
    const entry = log.at(at);
    if (entry === undefined || entry === "compacted") return undefined;
    undo(then, entry);
  }
  return then.snapshot();
}

function undo(objects: SortedObjects<Resource>, { object, previous }: LogEntry): void {
  const key = storageKey(object.metadata.namespace, object.metadata.name);
  if (previous === undefined) objects.delete(key);
  else objects.set(key, previous);
}
