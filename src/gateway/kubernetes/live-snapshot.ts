import { GatewayError, type LiveSnapshot } from "#gateway/ports.ts";
import type { Snapshot } from "#model/snapshot.ts";
import { SnapshotStore } from "#model/snapshot-store.ts";
import { linkedController } from "../deadline.ts";
import type { Caller } from "./caller.ts";
import { followKind } from "./follow-kind.ts";
import { createKindViews, type KindView } from "./kind-view.ts";
import { readClaims } from "./read-claims.ts";
import { isOlder } from "./versions.ts";
import { SILENCE_SECONDS } from "./watch-kind.ts";

class FollowedSnapshot implements LiveSnapshot {
  readonly snapshot: Snapshot;
  readonly #views: readonly KindView[];
  readonly #controller: AbortController;
  readonly #unlink: () => void;
  readonly #waiting = new Set<() => void>();
  /** By resource; since when, on clock.monotonic(). */
  readonly #troubles = new Map<string, { readonly message: string; readonly since: number }>();
  /** By resource: when its watch last brought anything, on clock.uptime(): a timer does not see the machine sleep. */
  readonly #heard = new Map<string, number>();
  readonly #store: SnapshotStore;
  readonly #caller: Caller;
  #version = 1;

  constructor(store: SnapshotStore, views: readonly KindView[], caller: Caller, signal: AbortSignal) {
    this.snapshot = store;
    this.#store = store;
    this.#views = views;
    this.#caller = caller;
    const { controller, unlink } = linkedController(signal);
    this.#controller = controller;
    this.#unlink = unlink;
    for (const view of views) this.#follow(view, caller);
  }

  get version(): number {
    return this.#version;
  }
  get trouble(): string | null {
    for (const { message } of this.#troubles.values()) return message;
    const silent = this.#silent();
    return silent ? `watch ${silent.resource}: silent for more than ${SILENCE_SECONDS} s` : null;
  }
  get behindMilliseconds(): number {
    const now = this.#caller.clock.monotonic();
    const troubles = [...this.#troubles.values()].map(({ since }) => now - since);
    return Math.max(this.#silent()?.milliseconds ?? 0, ...troubles);
  }
  async changed(after: number, signal: AbortSignal): Promise<void> {
    await this.#until(() => this.#version > after, signal);
  }
  async caughtUp(kind: "nodes" | "pods", resourceVersion: string, signal: AbortSignal): Promise<void> {
    const view = this.#views.find((candidate) => candidate.resource === kind);
    await this.#until(() => view !== undefined && !isOlder(view.seen, resourceVersion), signal);
  }
  async refreshClaims(signal?: AbortSignal): Promise<void> {
    this.#store.replaceClaims(await readClaims(this.#caller, signal));
    this.#version++;
    this.#stir();
  }
  close(): void {
    this.#controller.abort(new GatewayError("aborted", "the snapshot was closed"));
    this.#unlink();
    this.#stir();
  }

  /** The kind that has been silent for the longest, where that is longer than any watch that is alive. */
  #silent(): { readonly resource: string; readonly milliseconds: number } | undefined {
    const [first] = [...this.#heard].sort(([, one], [, other]) => one - other);
    if (!first) return undefined;
    const milliseconds = this.#caller.clock.uptime() - first[1];
    return milliseconds > SILENCE_SECONDS * 1000 ? { resource: first[0], milliseconds } : undefined;
  }
  #follow(view: KindView, caller: Caller): void {
    const heard = (): void => void this.#heard.set(view.resource, caller.clock.uptime());
    heard();
    const listener = {
      moved: (changed: boolean): void => {
        heard();
        if (changed) this.#version++;
        this.#stir();
      },
      trouble: (message: string | null): void => {
        if (message === null) {
          heard();
          this.#troubles.delete(view.resource);
        } else {
          const since = this.#troubles.get(view.resource)?.since ?? caller.clock.monotonic();
          this.#troubles.set(view.resource, { message, since });
        }
      },
    };
    followKind(caller, view, listener, this.#controller.signal).catch((error: unknown) => {
      if (this.#controller.signal.aborted) return;
      // A fault of ours: say so for as long as anybody looks, and let waits run into their deadlines.
      listener.trouble(`watch ${view.resource}: ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  #stir(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
  async #until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (isSo()) return;
      this.#controller.signal.throwIfAborted();
      await this.#nextStir(signal);
    }
  }
  #nextStir(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = (): void => {
        this.#waiting.delete(wake);
        reject(signal.reason);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(wake);
    });
  }
}

/** One list a kind, all at once; the first failure ends them all. @throws GatewayError */
export async function listEverything(
  caller: Caller,
  signal: AbortSignal | undefined,
): Promise<{ readonly store: SnapshotStore; readonly views: readonly KindView[] }> {
  const store = new SnapshotStore();
  const views = createKindViews(store);
  const { controller, unlink } = linkedController(signal);
  try {
    await Promise.all(views.map((view) => view.relist(caller, controller.signal)));
    return { store, views };
  } finally {
    controller.abort();
    unlink();
  }
}

/**
 * Lists every kind, claims only where a pod uses one, then follows each but claims by a watch. Settles when every list is complete.
 * @throws GatewayError, of kind "forbidden" with verb and resource where a right is missing.
 */
export async function follow(caller: Caller, signal: AbortSignal): Promise<LiveSnapshot> {
  const { store, views } = await listEverything(caller, signal);
  for (const pod of store.pods()) {
    if (pod.claims.length === 0) continue;
    store.replaceClaims(await readClaims(caller, signal));
    break;
  }
  return new FollowedSnapshot(store, views, caller, signal);
}
