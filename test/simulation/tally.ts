import { ALL_FAULT_KINDS, type FaultKind } from "./fault-kinds.ts";
import type { Outcome } from "./storm-pool.ts";

const YEAR_MILLISECONDS = 365.25 * 86_400_000;
/** Each kind of fault fires so often in so many seeds, or what it would find stays hidden. */
export const LEAST_FIRED = 100;
export const ENOUGH_SEEDS = 10_000;

/** The figures of a storm. */
export class Tally {
  seeds = 0;
  kills = 0;
  resumes = 0;
  evictions = 0;
  virtualMs = 0;
  readonly failures: Outcome[] = [];
  readonly #ends = new Map<string, number>();
  readonly #faults = new Map<FaultKind, number>();

  add(outcome: Outcome): void {
    this.seeds += 1;
    this.kills += outcome.kills;
    this.resumes += outcome.resumes;
    this.evictions += outcome.evictions;
    this.virtualMs += outcome.virtualMs;
    this.#ends.set(outcome.end.code, (this.#ends.get(outcome.end.code) ?? 0) + 1);
    for (const [kind, count] of outcome.counts) this.#faults.set(kind, this.fired(kind) + count);
    if (outcome.violations.length > 0) this.failures.push(outcome);
  }

  fired(kind: FaultKind): number {
    return this.#faults.get(kind) ?? 0;
  }

  /** Kinds that fired too seldom to have shown anything; none before there were enough seeds. */
  get seldom(): readonly FaultKind[] {
    return this.seeds < ENOUGH_SEEDS ? [] : ALL_FAULT_KINDS.filter((kind) => this.fired(kind) < LEAST_FIRED);
  }

  progress(seconds: number, threads: number): string {
    const rate = (this.seeds / seconds).toFixed(1);
    const each = (this.seeds / seconds / threads).toFixed(1);
    const years = (this.virtualMs / YEAR_MILLISECONDS).toFixed(2);
    const faults = [...this.#faults.values()].reduce((sum, count) => sum + count, 0);
    return `${this.seeds} seeds, ${rate}/s (${each} a core), ${years} virtual years, ${faults} faults, ${this.kills} kills, ${this.resumes} resumes, ${this.evictions} evictions, ${this.failures.length} failures`;
  }

  get faultTable(): string {
    return ALL_FAULT_KINDS.map((kind) => `  ${kind.padEnd(18)} ${this.fired(kind)}`).join("\n");
  }

  get endTable(): string {
    return [...this.#ends]
      .sort()
      .map(([code, count]) => `  ${code.padEnd(22)} ${count}`)
      .join("\n");
  }
}
