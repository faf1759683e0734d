import type { Clock } from "#gateway/ports.ts";
import type { KubernetesWire } from "#gateway/wire.ts";

/** How long reads are tried before they fail for good. */
export interface Patience {
  /** One request, from sending to the end of its answer. */
  readonly requestSeconds: number;
  /** All attempts of one read together. */
  readonly totalSeconds: number;
}

export const USUAL_PATIENCE: Patience = { requestSeconds: 15, totalSeconds: 45 };

/** What every call to the cluster needs. */
export interface Caller {
  readonly wire: KubernetesWire;
  readonly clock: Clock;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly patience: Patience;
}
