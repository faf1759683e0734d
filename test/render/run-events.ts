import type { RunEvent, RunRecord } from "#model/run.ts";
import { FIXED_MILLISECONDS } from "#test/builders/fixed.ts";

export const at = (seconds: number): string => new Date(FIXED_MILLISECONDS + seconds * 1000).toISOString();

/** A durable record as the executor emits it, so many seconds into the run. */
export const recorded = (seconds: number, record: RunRecord): RunEvent => ({
  kind: "Recorded",
  entry: { sequence: seconds + 1, at: at(seconds), token: 1, record },
});

export const begun = (seconds = 0): RunEvent =>
  recorded(seconds, {
    kind: "RunStarted",
    run: "01J9RUN",
    plan: "workers-1-36",
    digest: "sha256:1f0c",
    formatVersion: 1,
    host: "laptop",
    pid: 7,
    dextreVersion: "0.1.0",
  });

export const started = (seconds: number, step: string): RunEvent => ({
  kind: "StepStarted",
  step,
  at: at(seconds),
  timeoutSeconds: 600,
});

export const settled = (
  seconds: number,
  step: string,
  fields: Partial<Extract<RunRecord, { kind: "StepResult" }>> = {},
): RunEvent =>
  recorded(seconds, {
    kind: "StepResult",
    step,
    outcome: "done",
    code: "R-DONE",
    message: "Done.",
    facts: {},
    ...fields,
  });

const NODE = "node/ip-10-0-1-4";

/** A run in the middle of its first node: one pod replaced, one waited for. */
export const MIDWAY: readonly RunEvent[] = [
  begun(),
  started(0, `${NODE}/cordon`),
  settled(1, `${NODE}/cordon`),
  started(1, `${NODE}/resolve`),
  settled(1, `${NODE}/resolve`),
  started(2, `${NODE}/evict/default/api-1`),
  settled(2, `${NODE}/evict/default/api-1`),
  started(2, `${NODE}/await/default/api-1`),
  settled(6, `${NODE}/await/default/api-1`, {
    code: "R-REPLACED",
    facts: { replacement: { name: "api-2", uid: "u", node: "ip-10-0-2-4" } },
  }),
  started(6, `${NODE}/evict/default/db-0`),
  settled(7, `${NODE}/evict/default/db-0`),
  started(7, `${NODE}/await/default/db-0`),
  {
    kind: "StepWaiting",
    step: `${NODE}/await/default/db-0`,
    at: at(9),
    reason: {
      code: "N-REPLACEMENT-PENDING",
      message: "its replacement db-0 is Pending: 0/3 nodes are available: 3 Insufficient cpu.",
    },
  },
];
