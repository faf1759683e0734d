import { describe, expect, it } from "vitest";
import { type Draw, draw } from "./draw.ts";
import { minimise, shapeOf } from "./minimise.ts";

const drawn: Draw = {
  ...draw(1),
  rates: { delay: 0.1, lostRequest: 0.1, lostResponse: 0.1, failed500: 0.03, watchDrop: 0.01 },
  incidents: [
    { kind: "kill", at: 1_000, duration: 1_000, chance: 1 },
    { kind: "pause", at: 2_000, duration: 1_000, chance: 1 },
    { kind: "rollout", at: 3_000, duration: 1_000, chance: 1 },
  ],
};
const names = ({ scenario }: Draw): readonly string[] => scenario.workloads.map((one) => one.name);
const first = names(drawn)[0] ?? "";

/** Breaks where this workload, this fault and this incident are together. */
const breaks = (one: Draw): boolean =>
  names(one).includes(first) &&
  one.rates.lostResponse !== undefined &&
  one.incidents.some((it) => it.kind === "pause");

const run = async (one: Draw): Promise<readonly string[]> =>
  breaks(one)
    ? ["I11 2026-03-02T08:00:00.000Z still E-LOCKED after 7 attempts: w0"]
    : ["I1 2026-03-02T08:00:00.000Z dextre-101 evicted w0-1: nothing of w0 serves any more"];

const shape = "I11 … still E-LOCKED after … attempts";

describe("a failing seed made smaller", () => {
  it("keeps what the failure needs and nothing else", async () => {
    const { drawn: small, isSmallest } = await minimise(drawn, {
      run,
      shape,
      most: 500,
      isOver: () => false,
    });
    expect(isSmallest).toBe(true);
    expect(names(small)).toEqual([first]);
    expect(small.rates).toEqual({ lostResponse: 0.1 });
    expect(small.incidents.map((it) => it.kind)).toEqual(["pause"]);
    expect(small.scenario.groups.every((group) => group.size <= 2)).toBe(true);
  });

  it("still fails when the time is over before everything was tried, and says that it is not the smallest", async () => {
    let left = 6;
    const isOver = (): boolean => {
      left -= 1;
      return left < 0;
    };
    const { drawn: small, tried, isSmallest } = await minimise(drawn, { run, shape, most: 500, isOver });
    expect([tried, isSmallest, breaks(small)]).toEqual([6, false, true]);
  });

  it("is never one that breaks something else", async () => {
    const { drawn: small } = await minimise(drawn, {
      run,
      shape: "I7 … sends",
      most: 500,
      isOver: () => false,
    });
    expect(small).toEqual(drawn);
  });

  it("is compared without names, numbers and times", () => {
    expect(shapeOf("I11 2026-03-02T08:00:00.000Z still E-LOCKED after 7 attempts: run run-1")).toBe(shape);
    expect(shapeOf("I1 2026-03-02T08:00:00.000Z dextre-105 evicted w2-3: nothing of w2 serves")).toBe(
      "I1 … … evicted …",
    );
  });
});
