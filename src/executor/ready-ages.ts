import type { Clock } from "#gateway/ports.ts";
import type { Node, Pod } from "#model/objects.ts";

interface Sight {
  readonly since: string;
  readonly first: number;
  readonly creditSeconds: number;
}

/**
 * How long pods and nodes have been Ready, measured on our own clock that never goes back. What was
 * Ready before we first looked is believed its stamp; what turns Ready under our eyes is not,
 * because the server's clock and ours may differ.
 */
export class ReadyAges {
  readonly #clock: Clock;
  readonly #sights = new Map<string, Sight>();
  readonly #firstSeen = new Map<string, number>();
  readonly #startedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Seconds; 0 where it is not Ready. */
  of(object: Pod | Node): number {
    const ready = object.ready === true || object.ready === "True";
    if (!ready) {
      this.#sights.delete(object.uid);
      return 0;
    }
    const now = this.#clock.monotonic();
    const known = this.#sights.get(object.uid);
    if (known && known.since === object.readySince) return (now - known.first) / 1000 + known.creditSeconds;
    const stamp = Date.parse(object.readySince);
    const credit = known || !(stamp < this.#startedAt) ? 0 : (this.#startedAt - stamp) / 1000;
    this.#sights.set(object.uid, { since: object.readySince, first: now, creditSeconds: credit });
    return credit;
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
