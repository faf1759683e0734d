import { expect, test } from "vitest";
import { compareSteps } from "./differential/compare.ts";
import { drawSequence } from "./differential/draw-sequence.ts";
import { runEmbedded } from "./differential/embedded-lane.ts";

test("two embedded clusters of different chance do the same: what is compared does not depend on it", {
  timeout: 60_000,
}, async () => {
  for (let seed = 1; seed <= 4; seed++) {
    const sequence = drawSequence(seed, "lane-0", seed % 4 === 0);
    const [one, other] = await Promise.all([runEmbedded(sequence, seed), runEmbedded(sequence, seed + 1000)]);
    expect(compareSteps(one, other), `seed ${seed}`).toEqual([]);
  }
});

test("a difference is told with its place and both values", () => {
  const settle = { kind: "settle" } as const;
  const one = [{ operation: settle, seen: { pods: [{ status: { phase: "Running" } }] } }];
  const other = [{ operation: settle, seen: { pods: [{ status: { phase: "Pending" } }] } }];
  expect(compareSteps(one, other)).toEqual([
    { step: 0, path: "pods.0.status.phase", left: "Running", right: "Pending" },
  ]);
});

test("two lanes that never settle are no more alike for it", () => {
  const caught = {
    operation: { kind: "settle" } as const,
    seen: { pods: [], unsettled: "pods are missing" },
  };
  expect(compareSteps([caught], [caught])).toEqual([
    { step: 0, path: "unsettled", left: "pods are missing", right: "pods are missing" },
  ]);
});
