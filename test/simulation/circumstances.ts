import type { Draw } from "./draw.ts";
import type { FaultKind } from "./fault-kinds.ts";
import type { Circumstances } from "./judge/court.ts";

/** A view that follows as well as it can is as old as latencies make it, and a moment to notice. */
const QUICK_VIEW = 5_000;
/** The same where watches may stand still until the watchdog barks, a machine does, or lists fail. */
const SLOW_VIEW = 150_000;

const SLOW: readonly FaultKind[] = [
  "watchStall",
  "watchDrop",
  "gone410Event",
  "gone410Answer",
  "staleRead",
  "partition",
  "swizzle",
  "pause",
  "suspend",
  "timerDelay",
  "lostRequest",
  "lostResponse",
  "delay",
  "unauthorized401",
];
const DEAF: readonly FaultKind[] = ["partition", "swizzle", "pause", "suspend"];
const CLOUD: readonly FaultKind[] = [
  "deadNode",
  "launchFailure",
  "lagLaunches",
  "humanCordon",
  "humanUncordon",
  "kubectlDrain",
  "autoscaler",
  "spotInterruption",
  "zoneRebalance",
  "vanishedJournal",
];

/** What the judge has to make allowance for, by what a seed may do. */
export function circumstancesOf({ rates, incidents, clockRate }: Draw): Circumstances {
  const kinds = new Set<string>([...Object.keys(rates), ...incidents.map((one) => one.kind)]);
  return {
    viewLagMs: SLOW.some((kind) => kinds.has(kind)) ? SLOW_VIEW : QUICK_VIEW,
    mayBeDeaf: DEAF.some((kind) => kinds.has(kind)),
    areClocksRight: clockRate === 1 && !kinds.has("clockStep"),
    isCloudCalm: !CLOUD.some((kind) => kinds.has(kind)),
  };
}
