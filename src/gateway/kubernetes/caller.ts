import type { Clock } from "#gateway/ports.ts";
import type { KubernetesWire } from "#gateway/wire.ts";

/** How long reads are tried before they fail for good. */
export interface Patience {
  /** One request, from sending to the end of its answer. */
  readonly requestSeconds: number;
  /** All attempts of one read together. */
  readonly totalSeconds: number;
  /** The same where nobody answers at that address: a wrong address is not hung on for long. */
  readonly connectSeconds: number;
}

export const USUAL_PATIENCE: Patience = { requestSeconds: 15, totalSeconds: 45, connectSeconds: 10 };
/** A page of pods may be 10 MB, on a slow line. */
const PAGE_SECONDS = 60;

/** What every call to the cluster needs. */
export interface Caller {
  readonly wire: KubernetesWire;
  readonly clock: Clock;
  /** [0, 1), for jitter. */
  readonly random: () => number;
  readonly patience: Patience;
  /** Who is asked, for `GatewayError`; absent where nobody is told. */
  readonly place?: string;
  /** Where reads wait for one another; their patience begins with their turn. */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/** The same caller with the patience that whole lists need. */
export function patientForPages(caller: Caller): Caller {
  const { patience } = caller;
  const requestSeconds = Math.max(patience.requestSeconds, PAGE_SECONDS);
  const totalSeconds = Math.max(patience.totalSeconds, 2 * PAGE_SECONDS);
  return { ...caller, patience: { ...patience, requestSeconds, totalSeconds } };
}
