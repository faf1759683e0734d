import type { KubernetesRequest } from "#gateway/wire.ts";
import type { Cursor } from "../cursor.ts";
import { type Cluster, storeOf } from "./cluster.ts";
import type { LogEntry } from "./event-log.ts";
import { asRead } from "./heartbeats.ts";
import { apiVersionOf, type KindInfo } from "./kinds.ts";
import { initialEventsOf, refuseWatch } from "./list-options.ts";
import { type ObjectTest, parseFilter } from "./listing.ts";
import type { Labels, Resource } from "./object-types.ts";
import { gone, type ServerAnswer, statusBody } from "./status.ts";

/** The last bookmark comes so long before the end of its watch. */
const lastBookmarkMs = 2000;

/** One line of a watch. */
export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: unknown;
}

/** A position in a kind's log, and what passes the filter from there on. */
export class WatchCursor implements Cursor {
  private readonly cluster: Cluster;
  private readonly info: KindInfo;
  private readonly filter: ObjectTest;
  private readonly waiting: WatchEvent[] = [];
  private position: number;
  private stopListening: () => void;
  private ended = false;
  /** Called when there may be something to take. The driver sets it. */
  onWake: () => void = () => undefined;

  constructor(cluster: Cluster, info: KindInfo, filter: ObjectTest, position: number) {
    this.cluster = cluster;
    this.info = info;
    this.filter = filter;
    this.position = position;
    this.stopListening = storeOf(cluster, info.plural).log.listen(() => this.onWake());
  }

  /** Everything that has happened since the last call, in order. */
  take(): readonly WatchEvent[] {
    const events = this.waiting.splice(0);
    const { log } = storeOf(this.cluster, this.info.plural);
    for (let entry = log.at(this.position); entry !== undefined; entry = log.at(this.position)) {
      if (entry === "compacted") {
        events.push({
          type: "ERROR",
          object: statusBody(410, "Expired", "The resourceVersion for the provided watch is too old."),
        });
        this.close();
        break;
      }
      this.position += 1;
      const event = this.seen(entry);
      if (event !== undefined) events.push(event);
    }
    return events;
  }

  /** True when the server has ended the watch; what take() still gives comes before the end. */
  get isEnded(): boolean {
    return this.ended;
  }

  close(): void {
    if (this.ended) return;
    this.ended = true;
    this.stopListening();
    this.onWake();
  }

  push(event: WatchEvent): void {
    this.waiting.push(event);
  }

  pushBookmark(more: { readonly annotations?: Labels } = {}): void {
    const metadata = { resourceVersion: String(this.cluster.counter.version), ...more };
    const object = { kind: this.info.kind, apiVersion: apiVersionOf(this.info), metadata };
    this.push({ type: "BOOKMARK", object });
  }

  /**
   * Sends a bookmark each minute, and one shortly before the watch ends at `deadline` (ms since epoch).
   * Source: measured; apiserver's storage/cacher/cache_watcher.go
   */
  startBookmarks(deadline: number): void {
    const { agenda, timings } = this.cluster;
    const untilLast = deadline - lastBookmarkMs - agenda.now;
    const isLast = untilLast > 0 && untilLast < timings.bookmarkMs;
    agenda.after(isLast ? untilLast : timings.bookmarkMs, () => {
      if (this.ended) return;
      for (const event of this.take()) this.waiting.push(event);
      if (this.ended) return;
      this.pushBookmark();
      this.onWake();
      this.startBookmarks(deadline);
    });
  }

  private seen(entry: LogEntry): WatchEvent | undefined {
    const passed = entry.previous !== undefined && this.filter(entry.previous);
    const passes = this.filter(entry.object);
    if (entry.type === "DELETED")
      return passed || passes ? { type: "DELETED", object: entry.object } : undefined;
    if (passes) return { type: passed ? "MODIFIED" : "ADDED", object: entry.object };
    return passed ? { type: "DELETED", object: entry.object } : undefined;
  }
}

/** Marks the bookmark behind the objects that there were when a watch began. Source: metav1.InitialEventsAnnotationKey. */
const initialEventsEnd = { annotations: { "k8s.io/initial-events-end": "true" } };

export type WatchOpening =
  | { readonly kind: "open"; readonly cursor: WatchCursor }
  | { readonly kind: "refused"; readonly answer: ServerAnswer };

/** A watch without resourceVersion, or from 0, begins with an ADDED for each object there is. */
export function openWatch(
  cluster: Cluster,
  info: KindInfo,
  namespace: string | undefined,
  request: KubernetesRequest,
): WatchOpening {
  const query = request.query ?? {};
  const refused = refuseWatch(query);
  if (refused !== undefined) return { kind: "refused", answer: refused };
  const filter = parseFilter(info, namespace, query);
  if (typeof filter !== "function") return { kind: "refused", answer: filter };
  const from = query.resourceVersion ?? "";
  const store = storeOf(cluster, info.plural);
  const initial = initialEventsOf(query);
  const isFresh = from === "" || from === "0" || initial === "asked";
  const position = isFresh ? store.log.end : store.log.positionAfter(Number(from));
  if (position === undefined) {
    const message = `too old resource version: ${from} (${cluster.counter.version})`;
    return { kind: "refused", answer: gone(message) };
  }
  const cursor = new WatchCursor(cluster, info, filter, position);
  if (isFresh && initial !== "declined")
    pushAll(
      cursor,
      store
        .all()
        .filter(filter)
        .map((object) => asRead(cluster, info.plural, object)),
    );
  const seconds = Number(query.timeoutSeconds ?? 0);
  // a time that is over ends it at once
  const timeoutMs =
    seconds === 0 ? cluster.random.between(1_800_000, 3_600_000) : Math.max(0, seconds) * 1000;
  const wantsBookmarks = query.allowWatchBookmarks === "true" || query.allowWatchBookmarks === "1";
  if (wantsBookmarks && initial === "asked") cursor.pushBookmark(initialEventsEnd);
  if (wantsBookmarks) cursor.startBookmarks(cluster.agenda.now + timeoutMs);
  cluster.agenda.after(timeoutMs, () => cursor.close());
  return { kind: "open", cursor };
}

function pushAll(cursor: WatchCursor, objects: readonly Resource[]): void {
  for (const object of objects) cursor.push({ type: "ADDED", object });
}
