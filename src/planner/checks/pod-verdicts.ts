import type { Check } from "./check.ts";

/** What the pod rules say: blocked pods, and warnings about those that move. */
export const podVerdicts: Check = {
  codes: [
    "B-UNMANAGED-POD",
    "B-LOCAL-STORAGE",
    "B-JOB-WOULD-FAIL",
    "B-TWO-BUDGETS",
    "W-UNKNOWN-CONTROLLER",
    "B-UNPLACEABLE",
  ],
  find: ({ lanes }) =>
    lanes.flatMap((lane) =>
      lane.pods.flatMap(({ verdict }) => {
        if (verdict.kind === "stay") return [];
        return verdict.kind === "block" ? [verdict.finding, ...verdict.findings] : verdict.findings;
      }),
    ),
};
