import { at } from "../api.ts";
import type { Step } from "./run-sequence.ts";

/** Where two worlds differ, as a path and both values. */
export interface Difference {
  readonly step: number;
  readonly path: string;
  readonly left: unknown;
  readonly right: unknown;
}

/**
 * All places where the steps differ, in order. A lane that never settled differs even from one that did not
 * either: what it was caught at is no state to compare.
 */
export function compareSteps(left: readonly Step[], right: readonly Step[]): readonly Difference[] {
  return left.flatMap(({ seen }, step) => {
    const other = right[step]?.seen;
    return [...unsettled(seen, other), ...differences(seen, other, "")].map((found) => ({ step, ...found }));
  });
}

type Found = Omit<Difference, "step">;

function unsettled(left: unknown, right: unknown): readonly Found[] {
  const whys = { left: at(left, "unsettled"), right: at(right, "unsettled") };
  // one alone is a difference as it is
  return Object.is(whys.left, whys.right) && whys.left !== undefined ? [{ path: "unsettled", ...whys }] : [];
}

function differences(left: unknown, right: unknown, path: string): readonly Found[] {
  if (Object.is(left, right)) return [];
  if (!isNest(left) || !isNest(right) || Array.isArray(left) !== Array.isArray(right)) {
    return [{ path, left, right }];
  }
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differences(one[key], other[key], path === "" ? key : `${path}.${key}`));
}

function isNest(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
