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
}
