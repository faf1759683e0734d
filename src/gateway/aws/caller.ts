import type { Clock } from "#gateway/ports.ts";
import type { AwsWire } from "#gateway/wire.ts";

/** How long reads are tried before they fail for good. */
export interface Patience {
  /** One call, from sending to the end of its answer. */
  readonly requestSeconds: number;
  /** All attempts of one read together. */
  readonly totalSeconds: number;
  /** The same where nobody answers at that address. */
  readonly connectSeconds: number;
}

/** Longer than for the cluster: a throttled account needs its time. */
export const USUAL_PATIENCE: Patience = { requestSeconds: 20, totalSeconds: 90, connectSeconds: 10 };

/** What every call to AWS needs. */
export interface Caller {
  readonly wire: AwsWire;
  readonly clock: Clock;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly patience: Patience;
  /** Who is asked, for `GatewayError`; absent where nobody is told. */
  readonly place?: string;
}
