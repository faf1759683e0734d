import { type SnapshotLists, SnapshotStore } from "#model/snapshot-store.ts";

/** A snapshot of these lists; put and remove on it as the cluster would change. */
export function aSnapshot(lists: SnapshotLists = {}): SnapshotStore {
  return new SnapshotStore(lists);
}
