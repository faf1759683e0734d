import { describe, expect, it } from "vitest";
import { ALL_FAULT_KINDS, type FaultKind } from "./fault-kinds.ts";
import type { Outcome } from "./storm-pool.ts";
import { ENOUGH_SEEDS, LEAST_FIRED, Tally } from "./tally.ts";

const outcome = (counts: Outcome["counts"]): Outcome => ({
  seed: 1,
  violations: [],
  end: { exit: 0, code: "N-FINISHED", message: "done" },
  counts,
  kills: 0,
  resumes: 0,
  evictions: 0,
  virtualMs: 0,
  hash: "",
});

function storm(seeds: number, fired: (kind: FaultKind) => number): Tally {
  const tally = new Tally();
  tally.add(outcome(ALL_FAULT_KINDS.map((kind) => [kind, fired(kind)])));
  for (let seed = 1; seed < seeds; seed += 1) tally.add(outcome([]));
  return tally;
}

describe("a storm of ten thousand seeds", () => {
  it("names the kinds of fault that fired too seldom to have shown anything", () => {
    const fired = (kind: FaultKind): number => LEAST_FIRED - (kind === "awsContention" ? 1 : 0);
    expect(storm(ENOUGH_SEEDS, fired).seldom).toEqual(["awsContention"]);
    expect(storm(ENOUGH_SEEDS, () => LEAST_FIRED).seldom).toEqual([]);
  });

  it("and of one seed less blames none", () => {
    expect(storm(ENOUGH_SEEDS - 1, () => 0).seldom).toEqual([]);
  });

  it("there are thirty-six kinds of fault at least", () => {
    expect(new Set(ALL_FAULT_KINDS).size).toBe(ALL_FAULT_KINDS.length);
    expect(ALL_FAULT_KINDS.length).toBeGreaterThanOrEqual(36);
  });
});
