import type { SnapshotStore } from "#model/snapshot-store.ts";
import { type Caller, patientForPages } from "./caller.ts";
import { field, neededText } from "./foreign.ts";
import { BUDGETS, type Kind, NODES, PODS, WORKLOADS } from "./kinds.ts";
import { listAll } from "./list.ts";
import { isOlder, newest } from "./versions.ts";

/** What a snapshot shows of one kind, and up to which version. */
export interface KindView {
  readonly resource: string;
  readonly path: string;
  /** The newest version that the view has seen, "" before the first list. */
  readonly seen: string;
  /**
   * Lists the kind and takes the result over whole: objects that vanished are removed. false where
   * the list is older than what has been seen: a lagging server, nothing was taken over.
   * @throws GatewayError
   */
  relist(caller: Caller, signal: AbortSignal): Promise<boolean>;
  /**
   * Takes over a watch event's object. false where it changed nothing: seen before, or a bookmark.
   * @throws ForeignShapeError
   */
  apply(type: WatchEventType, raw: unknown): boolean;
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";

function createKindView<T>(kind: Kind<T>, store: SnapshotStore): KindView {
  const held = new Map<string, T>();
  let seen = "";
  const drop = (key: string): void => {
    const object = held.get(key);
    if (object === undefined) return;
    kind.remove(store, object);
    held.delete(key);
  };
  const put = (object: T): void => {
    const key = kind.key(object);
    drop(key);
    kind.put(store, object);
    held.set(key, object);
  };
  return {
    resource: kind.resource,
    path: kind.path,
    get seen() {
      return seen;
    },
    async relist(caller, signal) {
      const request = { what: `list ${kind.resource}`, path: kind.path };
      const list = await listAll(patientForPages(caller), request, kind.project, signal);
      if (isOlder(list.resourceVersion, seen)) return false;
      const found = new Set(list.objects.map(kind.key));
      for (const key of [...held.keys()]) if (!found.has(key)) drop(key);
      for (const object of list.objects) put(object);
      seen = list.resourceVersion;
      return true;
    },
    apply(type, raw) {
      const version = neededText(field(raw, "metadata", "resourceVersion"), "resourceVersion");
      const isNews = seen !== version && !isOlder(version, seen);
      if (type !== "BOOKMARK" && isNews) {
        const object = kind.project(raw);
        if (type === "DELETED") drop(kind.key(object));
        else put(object);
      }
      seen = newest(seen, version);
      return isNews && type !== "BOOKMARK";
    },
  };
}

/** One view for each kind; all fill the same store. */
export function createKindViews(store: SnapshotStore): readonly KindView[] {
  return [
    createKindView(NODES, store),
    createKindView(PODS, store),
    ...WORKLOADS.map((kind) => createKindView(kind, store)),
    createKindView(BUDGETS, store),
  ];
}
