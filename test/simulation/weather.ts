import type { Random } from "#world/random.ts";
import type { FaultKind, RatedKind } from "./fault-kinds.ts";

export type Rates = { readonly [K in RatedKind]?: number };

/** Whether faults happen, which, and how often each did. Calm at first. */
export class Weather {
  readonly random: Random;
  readonly counts = new Map<FaultKind, number>();
  /** Told of each fault, for the story. */
  onFault: (kind: FaultKind, what: string) => void = () => undefined;
  isStormy = false;
  readonly #rates: Rates;
  readonly #tables = new Map<readonly RatedKind[], readonly (readonly [RatedKind, number])[]>();

  constructor(rates: Rates, random: Random) {
    this.#rates = rates;
    this.random = random;
  }

  /** At most one of these kinds, each by its rate. The caller counts it where it takes effect. */
  draw(kinds: readonly RatedKind[]): RatedKind | undefined {
    if (!this.isStormy) return undefined;
    const table = this.#tableOf(kinds);
    if (table.length === 0) return undefined;
    let rest = this.random.fraction();
    for (const [kind, rate] of table) {
      if (rest < rate) return kind;
      rest -= rate;
    }
    return undefined;
  }

  count(kind: FaultKind, what: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.onFault(kind, what);
  }

  has(kind: RatedKind): boolean {
    return (this.#rates[kind] ?? 0) > 0;
  }

  #tableOf(kinds: readonly RatedKind[]): readonly (readonly [RatedKind, number])[] {
    const known = this.#tables.get(kinds);
    if (known) return known;
    const table = kinds.flatMap((kind) => {
      const rate = this.#rates[kind] ?? 0;
      return rate > 0 ? [[kind, rate] as const] : [];
    });
    this.#tables.set(kinds, table);
    return table;
  }
}
