import type { Clock } from "#gateway/ports.ts";
import type { Node, Pod } from "#model/objects.ts";
import type { Snapshot } from "#model/snapshot.ts";

const isReady = (object: Pod | Node): boolean => object.ready === true || object.ready === "True";

interface Sight {
  readonly since: string;
  readonly first: number;
  readonly creditSeconds: number;
}

/**
 * How long pods and nodes have been Ready, measured on our own clock that never goes back. What is
 * Ready in the first view is believed its stamp. What turns Ready later is counted from our first
 * look, whatever its stamp says: the server's clock and ours may differ by more than the pod is old.
 */
export class ReadyAges {
  readonly #clock: Clock;
  readonly #sights = new Map<string, Sight>();
  readonly #firstSeen = new Map<string, number>();

  constructor(clock: Clock, view: Pick<Snapshot, "pods" | "nodes">) {
    this.#clock = clock;
    const ready = [...view.pods(), ...view.nodes()].filter(isReady);
    const taken = clock.now();
    const first = clock.monotonic();
    for (const { uid, readySince } of ready) {
      const creditSeconds = Math.max(0, (taken - Date.parse(readySince)) / 1000) || 0;
      this.#sights.set(uid, { since: readySince, first, creditSeconds });
    }
  }

  /** Seconds; 0 where it is not Ready. */
  of(object: Pod | Node): number {
    if (!isReady(object)) {
      this.#sights.delete(object.uid);
      return 0;
    }
    const now = this.#clock.monotonic();
    const known = this.#sights.get(object.uid);
    if (known && known.since === object.readySince) return (now - known.first) / 1000 + known.creditSeconds;
    this.#sights.set(object.uid, { since: object.readySince, first: now, creditSeconds: 0 });
    return 0;
  }

  /** Seconds since the pod was first seen terminating, by our own clock: the server's may differ. */
  terminatingFor(pod: Pod): number {
    return this.#seenFor(`terminating ${pod.uid}`, pod.deletionAt !== null);
  }

  /** Seconds since the node was first seen not Ready, by our own clock. */
  notReadyFor(node: Node): number {
    return this.#seenFor(`not ready ${node.uid}`, node.ready !== "True");
  }

  #seenFor(what: string, isSo: boolean): number {
    if (!isSo) {
      this.#firstSeen.delete(what);
      return 0;
    }
    const now = this.#clock.monotonic();
    const first = this.#firstSeen.get(what) ?? now;
    this.#firstSeen.set(what, first);
    return (now - first) / 1000;
  }
}
